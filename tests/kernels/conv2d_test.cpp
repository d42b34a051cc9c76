// SPDX-License-Identifier: MIT
#include <soma/kernels/conv2d.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

using isa = simd::native;

constexpr auto cases = random_geometries<240>(1, format::f32, format::f32);
constexpr tile_set needed = tiles_of<isa, float>(cases);

template <class T>
bool same_bits(const T* x, const T* y, std::size_t count) {
    return std::memcmp(x, y, count * sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("convolutions of any geometry agree with their definition and keep to their channels") {
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const conv_problem<float, float> problem(cases[i], static_cast<std::uint32_t>(i));
        const conv_faults faults = faults_of<isa, needed>(problem, static_cast<int>(i));
        INFO("case " << i);
        CHECK(faults.inexact == 0);
        CHECK(faults.overrun == 0);
    }
}

TEST_CASE("an output has the same bits in every batch") {
    for (std::size_t i = 0; i < cases.size(); i += 3) {
        const conv_problem<float, float> whole(cases[i], 5);
        const auto finish = some_epilogue<float>(0, nullptr);
        const std::vector<float> together = whole.run<isa, needed>(finish);
        const std::size_t image_in = whole.in.size() / static_cast<std::size_t>(whole.g.batch);
        const std::size_t image_out = together.size() / static_cast<std::size_t>(whole.g.batch);
        for (std::size_t n = 0; n < static_cast<std::size_t>(whole.g.batch); ++n) {
            conv_problem<float, float> alone = whole;
            alone.g.batch = 1;
            alone.in.assign(whole.in.begin() + static_cast<std::ptrdiff_t>(n * image_in),
                            whole.in.begin() + static_cast<std::ptrdiff_t>((n + 1) * image_in));
            alone.residual.resize(image_out);
            const std::vector<float> out = alone.run<isa, all_tiles>(finish);
            INFO("case " << i << ", image " << n);
            CHECK(same_bits(out.data(), together.data() + n * image_out, image_out));
        }
    }
}

TEST_CASE("a NaN reaches the outputs whose windows hold it and no others") {
    for (std::size_t i = 0; i < cases.size(); i += 7) {
        conv_problem<float, float> problem(cases[i], 9);
        const std::size_t pixel =
            problem.in.size() / 2 / static_cast<std::size_t>(problem.g.in_pitch);
        problem.in[pixel * static_cast<std::size_t>(problem.g.in_pitch)] =
            std::numeric_limits<float>::quiet_NaN();
        epilogue<float> finish;
        finish.kind = i % 2 == 0 ? activation::relu : activation::clip;
        const std::vector<float> out = problem.run<isa, needed>(finish);
        int wrong = 0;
        problem.each([&](std::size_t at, const reference::conv_sum& sum) {
            wrong += std::isnan(out[at]) != std::isnan(sum.value) ? 1 : 0;
        });
        INFO("case " << i);
        CHECK(wrong == 0);
    }
}

TEST_CASE("large layers, whose panels are walked one after another, agree with the definition") {
    conv_geometry g;
    g.in_c = g.in_pitch = 144;
    g.out_c = g.out_pitch = 200;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    g.in_h = g.in_w = g.out_h = g.out_w = 5;
    REQUIRE(packed_elements<isa, float>(g) * sizeof(float) > 400 * 1024);
    const conv_problem<float, float> problem(g, 3);
    const conv_faults faults = faults_of<isa, all_tiles>(problem, 3);
    CHECK(faults.inexact == 0);
    CHECK(faults.overrun == 0);
}
