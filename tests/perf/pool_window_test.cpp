// SPDX-License-Identifier: MIT
#include <soma/perf/pool_window.hpp>

#include <vector>

#include <soma/kernels/reference/pool.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("windows divide and reach as the definition of a pooling does", "[perf][pool_window]") {
    for (const bool count_include_pad : {false, true}) {
        perf::reference_node n;
        n.kind = op::average_pool;
        n.in = {1, 5, 7};
        n.win = {
            .kernel_h = 3, .kernel_w = 2, .stride_h = 2, .stride_w = 3, .pad_h = 1, .pad_w = 1};
        n.out = {1, n.win.out_h(5), n.win.out_w(7)};
        n.count_include_pad = count_include_pad;
        kernels::pool_geometry g;
        g.in_h = 5, g.in_w = 7, g.out_h = n.out.h, g.out_w = n.out.w;
        g.kernel_h = 3, g.kernel_w = 2, g.stride_h = 2, g.stride_w = 3, g.pad_h = 1, g.pad_w = 1;
        g.count_include_pad = count_include_pad;

        std::vector<float> image(35);
        for (std::size_t i = 0; i < image.size(); ++i) {
            image[i] = static_cast<float>(i * i);
        }
        std::vector<double> expected(n.pixels_out());
        kernels::reference::average_pool(g, image.data(), expected.data());
        std::vector<double> got(expected.size());
        perf::for_each_window(n, [&](std::size_t pixel, const perf::pool_window& window) {
            double sum = 0;  // of integers: exact
            window.for_each_pixel(n.in,
                                  [&](std::size_t at) { sum += static_cast<double>(image[at]); });
            got[pixel] = sum / window.divisor;
        });
        CHECK(got == expected);
    }
}

TEST_CASE("a global average has one window", "[perf][pool_window]") {
    perf::reference_node n;
    n.kind = op::global_average_pool;
    n.in = {4, 2, 3};
    n.out = {4, 1, 1};
    int windows = 0;
    int pixels = 0;
    perf::for_each_window(n, [&](std::size_t pixel, const perf::pool_window& window) {
        ++windows;
        CHECK(pixel == 0);
        CHECK(window.divisor == 6);
        window.for_each_pixel(n.in, [&](std::size_t) { ++pixels; });
    });
    CHECK(windows == 1);
    CHECK(pixels == 6);
}
