// SPDX-License-Identifier: MIT
#include <soma/kernels/conv2d.hpp>

#include <cstring>
#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

template <class T>
constexpr auto cases = few_widths(random_geometries<10>(4, format_of<T>, format_of<T>));

/// Whether `Isa` gives the bits of one chain of fused multiply-adds: products of 16-bit values are
/// exact, so for them every instruction set does whose registers are vectors.
template <class Isa, class T>
constexpr bool comparable =
    (Isa::fused_multiply_add || sizeof(T) == 2) && !uses_matrix_tiles<Isa, T>;

template <class T>
void check_bits() {
    for (std::size_t i = 0; i < cases<T>.size(); ++i) {
        const conv_problem<T, T> problem(cases<T>[i], static_cast<std::uint32_t>(i));
        const auto finish = some_epilogue<T>(static_cast<int>(i), problem.residual.data());
        std::vector<T> first;
        for_each_isa([&]<class Isa>() {
            constexpr tile_set needed = tiles_of<Isa, T>(cases<T>);
            if constexpr (comparable<Isa, T>) {
                const std::vector<T> out = problem.template run<Isa, needed>(finish);
                if (first.empty()) {
                    first = out;
                }
                INFO("case " << i << " on " << Isa::name);
                CHECK(std::memcmp(first.data(), out.data(), out.size() * sizeof(T)) == 0);
            } else {
                const conv_faults faults = faults_of<Isa, needed>(problem, static_cast<int>(i));
                CHECK(faults.inexact == 0);
                CHECK(faults.overrun == 0);
            }
        });
    }
}

}  // namespace

TEST_CASE("FP32 convolutions have the same bits on every instruction set that fuses") {
    check_bits<float>();
}

TEST_CASE("BF16 convolutions have the same bits on every instruction set of vectors") {
    check_bits<bfloat16>();
}

TEST_CASE("FP16 convolutions have the same bits on every instruction set") {
    check_bits<float16>();
}
