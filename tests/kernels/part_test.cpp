// SPDX-License-Identifier: MIT
#include <soma/kernels/part.hpp>

#include <cstring>
#include <vector>

#include <soma/kernels/conv2d.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

using isa = simd::native;

constexpr auto cases = random_geometries<60>(21, format::f32, format::f32);
constexpr auto pair_cases = few_widths(random_geometries<40>(22, format::bf16, format::bf16));

/// Runs every case whole, then in six parts in an odd order, and counts those that differ.
template <class T, std::size_t Count>
int differing(const std::array<conv_geometry, Count>& all) {
    int differ = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const conv_problem<T, T> problem(all[i], static_cast<std::uint32_t>(i));
        const int rows = problem.g.batch * problem.g.out_h;
        const int panels = pick_tiling<isa, T>(problem.g).panels;
        const int upper = rows / 3, lower = rows - rows / 4, left = panels / 2;
        std::vector<T> residual(problem.residual);
        const auto finish = some_epilogue<T>(static_cast<int>(i), residual.data());
        const std::vector<T> whole = problem.template run<isa, all_tiles>(finish);
        const std::vector<T> parts =
            problem.g.depthwise()
                ? problem.template run<isa, all_tiles>(finish,
                                                       {{.first_row = lower},
                                                        {.last_row = upper},
                                                        {.first_row = upper, .last_row = lower}})
                : problem.template run<isa, all_tiles>(
                      finish, {{.first_row = lower, .last_row = rows, .first_panel = left},
                               {.last_row = upper, .last_panel = left},
                               {.first_row = upper, .last_row = lower},
                               {.last_row = upper, .first_panel = left, .last_panel = panels},
                               {.first_row = lower, .last_panel = left}});
        differ += std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(T)) == 0 ? 0 : 1;
    }
    return differ;
}

}  // namespace

static_assert(conv_part{}.within(7, 3)
              == conv_part{.first_row = 0, .last_row = 7, .first_panel = 0, .last_panel = 3});
static_assert(conv_part{.first_row = 2, .last_row = 5}.within(7, conv_part::all)
              == conv_part{.first_row = 2, .last_row = 5});

// 4 images of 5x6, padded by one: the interior rectangle has 3 rows of 4 pixels in each image.
constexpr conv_geometry padded = [] {
    conv_geometry g;
    g.batch = 4;
    g.in_h = g.out_h = 5;
    g.in_w = g.out_w = 6;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    return g;
}();
static_assert(part_spans(padded, {})[4] == pixel_span{0, 4 * 12});
static_assert(part_spans(padded, {.first_row = 2, .last_row = 7})[4] == pixel_span{4, 8 + 4});
static_assert(part_spans(padded, {.first_row = 2, .last_row = 7})[0] == pixel_span{6, 6});
static_assert(part_spans(padded, {.first_row = 19})[4] == pixel_span{48, 0});
static_assert(part_spans(padded, {.first_row = 19})[1] == pixel_span{18, 6});

// A pointwise convolution has one rectangle of pixels in a row.
constexpr conv_geometry pointwise = [] {
    conv_geometry g = padded;
    g.kernel_h = g.kernel_w = 1;
    g.pad_h = g.pad_w = 0;
    return g;
}();
static_assert(part_spans(pointwise, {.first_row = 3, .last_row = 5})[4] == pixel_span{18, 12});
static_assert(part_spans(pointwise, {.first_row = 3, .last_row = 5})[0] == pixel_span{});

TEST_CASE("parts of a convolution give the bits of the whole, in any order") {
    CHECK(differing<float>(cases) == 0);
    CHECK(differing<bfloat16>(pair_cases) == 0);
}

TEST_CASE("a part writes its rows and panels and nothing else") {
    for (std::size_t i = 0; i < cases.size(); i += 2) {
        const conv_problem<float, float> problem(cases[i], 3);
        const auto finish = some_epilogue<float>(0, nullptr);
        const int rows = problem.g.batch * problem.g.out_h;
        const auto whole = problem.run<isa, all_tiles>(finish);
        const auto part =
            problem.run<isa, all_tiles>(finish, {{.first_row = rows / 3, .last_row = rows / 2}});
        const std::size_t row = static_cast<std::size_t>(problem.g.out_w * problem.g.out_pitch);
        int wrong = 0;
        for (std::size_t k = 0; k < part.size(); ++k) {
            const int y = static_cast<int>(k / row);
            const float expected =
                y >= rows / 3 && y < rows / 2 ? whole[k] : conv_problem<float, float>::untouched;
            wrong += std::memcmp(&part[k], &expected, sizeof(float)) == 0 ? 0 : 1;
        }
        INFO("case " << i);
        CHECK(wrong == 0);
    }
}
