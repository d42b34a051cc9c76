// SPDX-License-Identifier: MIT
#include <soma/kernels/pack.hpp>

#include <bit>
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
