// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd.hpp>

#include <cmath>
#include <cstring>
#include <iostream>
#include <vector>

#include <soma/kernels/algorithm.hpp>
#include <soma/kernels/reference/conv2d.hpp>
#include <soma/kernels/reference/winograd.hpp>
#include <soma/kernels/winograd_pack.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

/// 3x3 convolutions of images of any size, channel count, pitch and padding.
conv_geometry random_filtering(case_generator& random, int most_channels) {
    conv_geometry g;
    g.batch = 1 + random.below(3);
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = random.below(3);
    g.pad_w = random.below(3);
    g.in_h = 3 + random.below(16);
    g.in_w = 3 + random.below(16);
    g.out_h = g.in_h + 2 * g.pad_h - 2;
    g.out_w = g.in_w + 2 * g.pad_w - 2;
    g.in_c = 1 + random.below(most_channels);
    g.out_c = 1 + random.below(most_channels);
    g.in_pitch = g.in_c + random.below(3) / 2 * 6;
    g.out_pitch = g.out_c + random.below(3) / 2 * 5;
    return g;
}

/// The kernel's output for `problem`, computed in the given parts.
template <class Isa, int M>
std::vector<float> filtered(const conv_problem<float, float>& problem,
                            const epilogue<float>& finish,
                            const std::vector<conv_part>& parts = {conv_part{}}) {
    const conv_geometry& g = problem.g;
    line_buffer<float> packed(winograd_packed_elements<Isa>(g, M));
    line_buffer<float> bias(packed_bias_elements<Isa>(g));
    winograd_pack<Isa, M>(g, problem.weights.data(), packed.data());
    pack_bias<Isa>(g, problem.bias.data(), bias.data());
    std::vector<float> out(problem.residual.size(), problem.untouched);
    const simd::flush_denormals_scope scope;
    for (const conv_part& part : parts) {
        const std::size_t bytes = winograd_scratch_bytes<Isa>(g, M, part);
        line_buffer<std::byte> scratch(bytes);
        std::memset(scratch.data(), 0xFF,
                    bytes);  // NaN: what a run does not write, it may not read
        winograd_conv2d<Isa, M>(g, problem.in.data(), packed.data(), bias.data(), out.data(),
                                finish, scratch.data(), nullptr, part);
    }
    return out;
}

/// Outputs beyond their bound, and elements written that belong to others.
template <class Isa, int M>
conv_faults winograd_faults(const conv_problem<float, float>& problem, int variant, double& worst) {
    const auto finish = some_epilogue<float>(variant, problem.residual.data());
    const std::vector<float> out = filtered<Isa, M>(problem, finish);
    const conv_geometry& g = problem.g;
    conv_faults faults;
    std::size_t checked = 0;
    problem.each([&](std::size_t at, const reference::conv_sum& direct) {
        // The whole reference costs as much as the network: a fifth of the outputs, all places.
        if (checked++ % 5 != 0) {
            return;
        }
        const auto pixel = static_cast<int>(at) / g.out_pitch;
        const int o = static_cast<int>(at) % g.out_pitch;
        const reference::winograd_sum sum = reference::winograd<M>(
            g, problem.in.data(), problem.weights.data(), problem.bias.data(),
            pixel / (g.out_h * g.out_w), pixel / g.out_w % g.out_h, pixel % g.out_w, o);
        // The two definitions are one: only double precision lies between them.
        if (std::abs(sum.value - direct.value) > 1e-12 * sum.magnitude) {
            ++faults.inexact;
        }
        const double added =
            finish.residual == nullptr ? 0.0 : static_cast<double>(problem.residual[at]);
        const double expected = finished(finish, direct.value + added);
        const double bound = reference::winograd_error(
            {sum.value, sum.magnitude + std::abs(added), sum.roundings + 1});
        const double error = std::abs(static_cast<double>(out[at]) - expected);
        worst = std::fmax(worst, error / bound);
        faults.inexact += error <= bound ? 0 : 1;
    });
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int c = static_cast<int>(i % static_cast<std::size_t>(g.out_pitch));
        faults.overrun += c >= g.out_c && out[i] != problem.untouched ? 1 : 0;
    }
    return faults;
}

bool same_bits(const std::vector<float>& x, const std::vector<float>& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("Winograd's filtering agrees with the convolution within its derived bound") {
    case_generator random(11);
    double worst_2 = 0, worst_4 = 0;
    for (int i = 0; i < 40; ++i) {
        const conv_problem<float, float> problem(random_filtering(random, 130),
                                                 static_cast<std::uint32_t>(i));
        INFO("case " << i);
        const conv_faults small = winograd_faults<simd::native, 2>(problem, i, worst_2);
        CHECK(small.inexact == 0);
        CHECK(small.overrun == 0);
        const conv_faults large = winograd_faults<simd::native, 4>(problem, i, worst_4);
        CHECK(large.inexact == 0);
        CHECK(large.overrun == 0);
    }
    std::cout << "winograd: worst error / bound " << worst_2 << " (2x2), " << worst_4 << " (4x4)\n";
    // A bound that is never approached by a thousandth would hide a wrong digit.
    CHECK(worst_2 > 1e-3);
    CHECK(worst_4 > 1e-3);
}

TEST_CASE("Winograd's filtering has the same bits on every instruction set that fuses") {
    case_generator random(12);
    for (int i = 0; i < 8; ++i) {
        const conv_problem<float, float> problem(random_filtering(random, 40),
                                                 static_cast<std::uint32_t>(i));
        const auto finish = some_epilogue<float>(i, problem.residual.data());
        std::vector<float> first;
        for_each_isa([&]<class Isa>() {
            INFO("case " << i << " on " << Isa::name);
            double worst = 0;
            CHECK(winograd_faults<Isa, 2>(problem, i, worst).inexact == 0);
            const conv_faults faults = winograd_faults<Isa, 4>(problem, i, worst);
            CHECK(faults.inexact == 0);
            CHECK(faults.overrun == 0);
            if constexpr (Isa::fused_multiply_add) {
                const std::vector<float> out = filtered<Isa, 4>(problem, finish);
                first = first.empty() ? out : first;
                CHECK(same_bits(out, first));
            }
        });
    }
}

TEST_CASE("Winograd's outputs have the same bits in every batch, block and part") {
    using isa = simd::native;
    case_generator random(13);
    for (int i = 0; i < 12; ++i) {
        conv_geometry g = random_filtering(random, 100);
        g.batch = 3;
        const conv_problem<float, float> problem(g, 5);
        const auto finish = some_epilogue<float>(0, nullptr);
        const std::vector<float> together = filtered<isa, 4>(problem, finish);
        INFO("case " << i);

        // A part of one row is a block of another length.
        std::vector<conv_part> rows, panels;
        for (int row = 0; row < g.batch * winograd_tiles_down(g, 4); ++row) {
            rows.push_back({.first_row = row, .last_row = row + 1});
        }
        for (int panel = winograd_tiling<isa>(g).panels; panel-- > 0;) {
            panels.push_back(
                {.first_row = 0, .last_row = 2, .first_panel = panel, .last_panel = panel + 1});
            panels.push_back({.first_row = 2, .first_panel = panel, .last_panel = panel + 1});
        }
        CHECK(same_bits(filtered<isa, 4>(problem, finish, rows), together));
        CHECK(same_bits(filtered<isa, 4>(problem, finish, panels), together));

        const std::size_t image_in = problem.in.size() / 3;
        const std::size_t image_out = together.size() / 3;
        for (std::size_t n = 0; n < 3; ++n) {
            conv_problem<float, float> alone = problem;
            alone.g.batch = 1;
            alone.in.assign(problem.in.begin() + static_cast<std::ptrdiff_t>(n * image_in),
                            problem.in.begin() + static_cast<std::ptrdiff_t>((n + 1) * image_in));
            alone.residual.resize(image_out);
            const std::vector<float> out = filtered<isa, 4>(alone, finish);
            CHECK(
                std::memcmp(out.data(), together.data() + n * image_out, image_out * sizeof(float))
                == 0);
        }
    }
}

TEST_CASE("blocks that stream their weights agree with the definition") {
    conv_geometry g;
    g.in_c = g.in_pitch = 160;
    g.out_c = g.out_pitch = 176;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    g.in_h = g.out_h = 37;
    g.in_w = g.out_w = 35;
    REQUIRE(winograd_packed_elements<simd::native>(g, 4) * sizeof(float) > 1024 * 1024);
    REQUIRE(winograd_blocks<simd::native>(g, 4, {}).tiles > 1);
    const conv_problem<float, float> problem(g, 3);
    const std::vector<float> out =
        filtered<simd::native, 4>(problem, some_epilogue<float>(2, nullptr));
    int wrong = 0;
    for (int pixel = 0; pixel < g.pixels(); pixel += 7) {
        const int o = pixel % g.out_c;
        const auto sum =
            reference::winograd<4>(g, problem.in.data(), problem.weights.data(),
                                   problem.bias.data(), 0, pixel / g.out_w, pixel % g.out_w, o);
        const double got = static_cast<double>(
            out[static_cast<std::size_t>(pixel) * static_cast<std::size_t>(g.out_pitch)
                + static_cast<std::size_t>(o)]);
        wrong +=
            std::abs(got - std::fmax(0.0, sum.value)) <= reference::winograd_error(sum) ? 0 : 1;
    }
    CHECK(wrong == 0);
}
