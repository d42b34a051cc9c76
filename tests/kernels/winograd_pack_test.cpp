// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_pack.hpp>

#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using namespace soma;
using namespace soma::kernels;
using isa = simd::native;

TEST_CASE("transformed weights lie in the order panel, position, channel, column") {
    conv_geometry g;
    g.in_c = 3;
    g.out_c = 4 * isa::lanes + 5;  // several panels and a tail
    g.kernel_h = g.kernel_w = 3;
    const conv_tiling tiling = winograd_tiling<isa>(g);
    std::vector<float> weights(static_cast<std::size_t>(g.out_c * g.in_c) * 9);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = static_cast<float>(i % 101) - 50.0F;
    }
    std::vector<float> packed(winograd_packed_elements<isa>(g, 4), -1.0F);
    winograd_pack<isa, 4>(g, weights.data(), packed.data());

    std::size_t at = 0;
    int wrong = 0;
    for (int panel = 0; panel < tiling.panels; ++panel) {
        const int nv = panel + 1 == tiling.panels ? tiling.tail_nv : tiling.nv;
        for (std::size_t p = 0; p < 36; ++p) {
            for (int c = 0; c < g.in_c; ++c) {
                for (int column = 0; column < nv * isa::lanes; ++column) {
                    const int o = panel * tiling.nv * isa::lanes + column;
                    float want = 0.0F;
                    if (o < g.out_c) {
                        winograd_matrix<3, 3> filter{};
                        for (std::size_t tap = 0; tap < 9; ++tap) {
                            filter[tap / 3][tap % 3] = static_cast<double>(
                                weights[static_cast<std::size_t>(o * g.in_c + c) * 9 + tap]);
                        }
                        want = static_cast<float>(along_both_axes(winograd_filter<4>::filter_matrix,
                                                                  filter)[p / 6][p % 6]);
                    }
                    wrong += packed[at++] == want ? 0 : 1;
                }
            }
        }
    }
    CHECK(at == packed.size());
    CHECK(wrong == 0);
}
