// SPDX-License-Identifier: MIT
#include <concepts>
#include <optional>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;

namespace {

/// Programs of `Precision` for every instruction set that is enabled and that `accepts` wants: all
/// must give the bits of the first.
template <class Precision, class Accepts>
void same_bits_on_instruction_sets(Accepts accepts) {
    const std::vector<float> in = test::inputs<test::small_net>(5);
    std::optional<std::vector<float>> want;
    test::for_each_isa([&]<class Isa>() {
        if constexpr (accepts.template operator()<Isa>()) {
            const auto got = test::results<program<test::small_net, Precision, batch<3>, Isa>>(in);
            INFO(Precision::name << " on " << Isa::name);
            REQUIRE(got.size() == 5 * 9);
            if (!want) {
                want = got;
            }
            CHECK(test::differing(got, *want) == 0);
        }
    });
}

// Matrix tiles add products of BF16 in an order of their own.
constexpr auto vectors = []<class Isa>() { return !Isa::matrix_tiles; };
constexpr auto extremes = []<class Isa>() {
    return std::same_as<Isa, simd::isa::baseline>
           || (std::same_as<Isa, simd::native> && !Isa::matrix_tiles);
};
constexpr auto fused = []<class Isa>() { return Isa::fused_multiply_add; };

}  // namespace

TEST_CASE("BF16 operands give the same bits on every instruction set of vectors",
          "[runtime][executor]") {
    same_bits_on_instruction_sets<bf16>(vectors);
    same_bits_on_instruction_sets<matmul_cast<bf16>>(extremes);
}

TEST_CASE("FP32 gives the same bits wherever multiply and add are fused", "[runtime][executor]") {
    same_bits_on_instruction_sets<fp32>(fused);
}
