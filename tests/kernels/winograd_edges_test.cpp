// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_edges.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using namespace soma;
using namespace soma::kernels;
using isa = simd::native;

namespace {

conv_geometry two_images() {
    conv_geometry g;
    g.batch = 2;
    g.in_h = g.out_h = 7;
    g.in_w = g.out_w = 9;
    g.in_c = g.in_pitch = isa::lanes + 3;
    g.out_c = isa::lanes + 2;
    g.out_pitch = g.out_c + 4;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    return g;
}

}  // namespace

TEST_CASE("tiles follow each other row by row and image by image") {
    const conv_geometry g = two_images();
    std::vector<float> zeros(static_cast<std::size_t>(winograd_pitch(g)), 1.0F);
    const detail::winograd_edges<isa, 4> edges(g, nullptr, zeros.data(), nullptr, nullptr, {});
    detail::winograd_tile tile = edges.tile_at(0);
    for (int row = 0; row < 4; ++row) {
        const detail::winograd_tile first = edges.tile_at(row);
        for (int x = 0; x < 9; x += 4) {
            CHECK((tile.image == row / 2 && tile.y == row % 2 * 4 && tile.x == x));
            CHECK((first.image == tile.image && first.y == tile.y && first.x == 0));
            edges.advance(tile);
        }
    }
    CHECK(zeros.back() == 0.0F);
}

TEST_CASE("outputs beyond the image and channels of others are not written") {
    const conv_geometry g = two_images();
    constexpr std::ptrdiff_t stride = 5 * 16;
    std::vector<float> zeros(static_cast<std::size_t>(winograd_pitch(g)));
    const std::vector<float> bias(static_cast<std::size_t>(2 * isa::lanes), 3.0F);
    std::vector<float> out(static_cast<std::size_t>(g.pixels() * g.out_pitch), -1.0F);
    alignas(64) std::array<float, 36 * stride> products{};
    const detail::winograd_edges<isa, 4> edges(g, nullptr, zeros.data(), bias.data(), out.data(),
                                               {});
    // The last tile of the first image: three rows and one column of it.
    edges.transform_output({0, 4, 8}, products.data(), stride, 0, 2 * isa::lanes,
                           reinterpret_cast<std::uintptr_t>(products.data()));
    int wrong = 0;
    for (int pixel = 0; pixel < g.pixels(); ++pixel) {
        const bool inside = pixel < 63 && pixel / 9 >= 4 && pixel % 9 == 8;
        for (int c = 0; c < g.out_pitch; ++c) {
            const float want = inside && c < g.out_c ? 3.0F : -1.0F;
            wrong += out[static_cast<std::size_t>(pixel * g.out_pitch + c)] == want ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}
