// SPDX-License-Identifier: MIT
#include <soma/kernels/pack.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

/// Weight `i` of a layer, distinct and exact in every format for small layers.
std::vector<float> numbered(const conv_geometry& g) {
    std::vector<float> weights(static_cast<std::size_t>(g.out_c * g.group_in() * g.taps()));
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = static_cast<float>(i + 1);
    }
    return weights;
}

}  // namespace

TEST_CASE("packed FP32 weights run over columns, channels, taps, panels and groups") {
    test::for_each_isa([]<class Isa>() {
        conv_geometry g;
        g.groups = 2;
        g.in_c = 6;
        g.out_c = 2 * 70;
        g.kernel_w = 2;
        const std::vector<float> weights = numbered(g);
        std::vector<float> packed(packed_elements<Isa, float>(g), -1.0F);
        pack_conv<Isa, float>(g, weights.data(), packed.data());
        const conv_tiling tiling = pick_tiling<Isa, float>(g);
        std::size_t i = 0;
        for (int group = 0; group < 2; ++group) {
            for (int panel = 0; panel < tiling.panels; ++panel) {
                const bool tail = panel + 1 == tiling.panels;
                const int columns = (tail ? tiling.tail_nv : tiling.nv) * Isa::lanes;
                for (int tap = 0; tap < 2; ++tap) {
                    for (int k = 0; k < 3; ++k) {
                        for (int c = 0; c < columns; ++c, ++i) {
                            const int o = panel * tiling.nv * Isa::lanes + c;
                            const int from = ((group * 70 + o) * 3 + k) * 2 + tap;
                            const float expected = o < 70 ? static_cast<float>(from + 1) : 0.0F;
                            if (packed[i] != expected) {
                                FAIL("element " << i << " of " << Isa::name);
                            }
                        }
                    }
                }
            }
        }
        CHECK(i == packed.size());
    });
}

TEST_CASE("packed BF16 weights keep pairs of channels together and pad an odd one") {
    using isa = simd::isa::baseline;
    conv_geometry g;
    g.in_c = 3;
    g.out_c = 2;
    const std::vector<float> weights = numbered(g);
    std::vector<bfloat16> packed(packed_elements<isa, bfloat16>(g));
    REQUIRE(packed.size() == 16);
    pack_conv<isa, bfloat16>(g, weights.data(), packed.data());
    constexpr std::array expected{1, 2, 4, 5, 0, 0, 0, 0, 3, 0, 6, 0, 0, 0, 0, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(static_cast<float>(packed[i]) == static_cast<float>(expected[i]));
    }
}

TEST_CASE("a packed bias is padded and holds no negative zero") {
    using isa = simd::isa::baseline;
    conv_geometry g;
    g.out_c = 2;
    const std::array<float, 2> bias{-0.0F, 3.0F};
    std::vector<float> packed(packed_bias_elements<isa>(g), -1.0F);
    REQUIRE(packed.size() == 4);
    pack_bias<isa>(g, bias.data(), packed.data());
    CHECK(std::bit_cast<std::uint32_t>(packed[0]) == 0U);
    CHECK(packed[1] == 3.0F);
    CHECK(packed[2] == 0.0F);
    pack_bias<isa>(g, nullptr, packed.data());
    CHECK(packed[1] == 0.0F);
}

namespace {

/// The order of packed weights, spelled as the position of each: what `pack_conv` is checked with.
template <class Isa, class T>
std::vector<T> packed_one_by_one(const conv_geometry& g, const std::vector<float>& weights) {
    std::vector<T> packed(packed_elements<Isa, T>(g), T(0.0F));
    const int together = format_of<T> == format::bf16 ? 2 : 1;
    const int pitch = static_cast<int>(packed_bias_elements<Isa>(g));
    const conv_tiling tiling = pick_tiling<Isa, T>(g);
    const int group_elements = static_cast<int>(packed.size()) / g.groups;
    std::size_t i = 0;
    for (int o = 0; o < g.out_c; ++o) {
        const int group = o / g.group_out(), column = o % g.group_out();
        const int panel = column / (tiling.nv * Isa::lanes);
        const int columns = (panel + 1 == tiling.panels ? tiling.tail_nv : tiling.nv) * Isa::lanes;
        const int base =
            group * group_elements + panel * tiling.nv * Isa::lanes * panel_depth<Isa, T>(g);
        for (int k = 0; k < g.group_in(); ++k) {
            for (int tap = 0; tap < g.taps(); ++tap, ++i) {
                const int row = tap * packed_depth<T>(g) + k / together * together;
                const int at = g.depthwise()
                                   ? tap * pitch + o
                                   : base + row * columns
                                         + (column - panel * tiling.nv * Isa::lanes) * together
                                         + k % together;
                packed[static_cast<std::size_t>(at)] = convert_to<T>(weights[i]);
            }
        }
    }
    return packed;
}

template <class Isa, class T>
void check_packing(const conv_geometry& g) {
    std::vector<float> weights(static_cast<std::size_t>(g.out_c) * weights_per_output(g));
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = std::sin(static_cast<float>(i)) * (i % 97 == 0 ? 1e-6F : 1.0F);
    }
    // Not zeros: every element of the result has to be written.
    std::vector<T> packed(packed_elements<Isa, T>(g), T(7.0F));
    pack_conv<Isa, T>(g, weights.data(), packed.data());
    const std::vector<T> expected = packed_one_by_one<Isa, T>(g, weights);
    if (std::memcmp(packed.data(), expected.data(), packed.size() * sizeof(T)) != 0) {
        FAIL(Isa::name << ", " << name(format_of<T>) << ": " << g.groups << " groups, " << g.in_c
                       << " to " << g.out_c << " channels, window " << g.kernel_h << "x"
                       << g.kernel_w);
    }
}

}  // namespace

TEST_CASE("every packed element is where it belongs, and every byte is written") {
    // The last: more channels than are brought into order at once, with a tail in every direction.
    auto cases = test::random_geometries<60>(11, format::f32, format::f32);
    cases.back() = {.in_c = 71, .out_c = 133, .kernel_h = 2, .kernel_w = 3};
    test::for_each_isa([&]<class Isa>() {
        for (const conv_geometry& g : cases) {
            check_packing<Isa, float>(g);
            check_packing<Isa, float16>(g);
            check_packing<Isa, bfloat16>(g);
        }
    });
    // Packing for a processor that is not this one.
    for (const conv_geometry& g : cases) {
        check_packing<simd::isa::avx512_bf16, bfloat16>(g);
        check_packing<simd::isa::avx2, float16>(g);
    }
}

TEST_CASE("packed weights do not depend on batch, padding or image") {
    using isa = simd::native;
    const auto cases = test::random_geometries<100>(3, format::f32, format::f32);
    for (conv_geometry g : cases) {
        const std::size_t size = packed_elements<isa, bfloat16>(g);
        const conv_tiling tiling = pick_tiling<isa, bfloat16>(g);
        g.batch *= 9;
        g.in_h += 40;
        g.out_h += 40;
        g.pad_h = 0;
        CHECK(packed_elements<isa, bfloat16>(g) == size);
        CHECK(pick_tiling<isa, bfloat16>(g) == tiling);
    }
}
