// SPDX-License-Identifier: MIT
#include <soma/kernels/conv2d.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

using isa = simd::native;

template <class T, class Out>
void check_formats() {
    static constexpr auto cases =
        few_widths(random_geometries<30>(2, format_of<T>, format_of<Out>));
    static constexpr tile_set needed = tiles_of<isa, T>(cases);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const conv_problem<T, Out> problem(cases[i], static_cast<std::uint32_t>(i));
        const conv_faults faults = faults_of<isa, needed>(problem, static_cast<int>(i));
        INFO("case " << i);
        CHECK(faults.inexact == 0);
        CHECK(faults.overrun == 0);
    }
}

}  // namespace

TEST_CASE("BF16 convolutions agree with their definition within one rounding and their sums") {
    check_formats<bfloat16, bfloat16>();
}

TEST_CASE("BF16 convolutions can keep their FP32 sums") {
    check_formats<bfloat16, float>();
}

TEST_CASE("FP16 convolutions agree with their definition within one rounding and their sums") {
    check_formats<float16, float16>();
}

TEST_CASE("operands and outputs can be of different 16-bit formats") {
    check_formats<float, bfloat16>();
}
