// SPDX-License-Identifier: MIT
#include <soma/kernels/border.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;

TEST_CASE("the rectangles hold each pixel once, and the inner one only whole windows") {
    const auto cases = test::random_geometries<200>(11, format::f32, format::f32);
    for (const conv_geometry& g : cases) {
        std::vector<int> seen(static_cast<std::size_t>(g.out_h * g.out_w), 0);
        int outside = 0;
        for (const pixel_rect& rect : border_rects(g)) {
            for (int y = rect.y_begin; y < rect.y_end; ++y) {
                for (int x = rect.x_begin; x < rect.x_end; ++x) {
                    ++seen[static_cast<std::size_t>(y * g.out_w + x)];
                    const int top = y * g.stride_h - g.pad_h;
                    const int left = x * g.stride_w - g.pad_w;
                    const int bottom = top + (g.kernel_h - 1) * g.dilation_h;
                    const int right = left + (g.kernel_w - 1) * g.dilation_w;
                    const bool whole = top >= 0 && left >= 0 && bottom < g.in_h && right < g.in_w;
                    outside += !rect.padded && !whole ? 1 : 0;
                }
            }
        }
        int wrong = 0;
        for (const int times : seen) {
            wrong += times == 1 ? 0 : 1;
        }
        CHECK(wrong == 0);
        CHECK(outside == 0);
    }
}

TEST_CASE("a 3x3 layer that keeps its size has bands of one pixel") {
    conv_geometry g;
    g.in_h = g.in_w = g.out_h = g.out_w = 7;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    const auto rects = border_rects(g);
    CHECK(rects[0] == pixel_rect{0, 1, 0, 7, true});
    CHECK(rects[1] == pixel_rect{6, 7, 0, 7, true});
    CHECK(rects[2] == pixel_rect{1, 6, 0, 1, true});
    CHECK(rects[3] == pixel_rect{1, 6, 6, 7, true});
    CHECK(rects[4] == pixel_rect{1, 6, 1, 6, false});
}

TEST_CASE("a layer without padding is all interior") {
    constexpr auto rects = border_rects(conv_geometry{});
    STATIC_REQUIRE(rects[4].pixels() == 1);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(rects[i].pixels() == 0);
    }
}
