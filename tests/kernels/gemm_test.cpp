// SPDX-License-Identifier: MIT
#include <soma/kernels/gemm.hpp>

#include <cstring>
#include <vector>

#include "support/bounds.hpp"
#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

using isa = simd::native;

struct product {
    int m;
    int n;
    int k;
};

constexpr std::array products{product{1, 1, 1}, product{1, 10, 33}, product{5, 64, 7},
                              product{13, 40, 128}, product{30, 200, 96}};

/// Neither operand stays in a second-level cache, so rows are taken in blocks.
constexpr product large{700, 640, 256};

constexpr tile_set needed = [] {
    tile_set set;
    for (const product& p : products) {
        set = set | tiles_needed<isa, float>(gemm_geometry(p.m, p.n, p.k, p.k, p.n));
    }
    set =
        set | tiles_needed<isa, float>(gemm_geometry(large.m, large.n, large.k, large.k, large.n));
    return set
           | tiles_needed<isa, float>(
               gemm_geometry(large.m / 5, large.n, large.k, large.k, large.n));
}();

}  // namespace

TEST_CASE("a matrix product agrees with its definition for any row pitch") {
    for (const auto& [m, n, k] : products) {
        const int lda = k + 3;
        const int ldc = n + 2;
        const conv_problem<float, float> problem(gemm_geometry(m, n, k, lda, ldc), 6);
        line_buffer<float> weights(packed_elements<isa, float>(problem.g));
        line_buffer<float> bias(packed_bias_elements<isa>(problem.g));
        pack_conv<isa, float>(problem.g, problem.weights.data(), weights.data());
        pack_bias<isa>(problem.g, problem.bias.data(), bias.data());
        line_buffer<std::byte> scratch(conv_scratch_bytes<isa, float>(problem.g));
        std::vector<float> out(problem.residual.size(), -7.0F);
        gemm<isa, float, float, needed>(m, n, k, problem.in.data(), lda, weights.data(),
                                        bias.data(), out.data(), ldc, epilogue<float>{},
                                        scratch.data());
        int wrong = 0;
        problem.each([&](std::size_t i, const reference::conv_sum& sum) {
            const double bound = dot_bound(sum.terms, sum.magnitude, format::f32, sum.value);
            wrong += std::abs(static_cast<double>(out[i]) - sum.value) <= bound ? 0 : 1;
        });
        INFO(m << " x " << n << " x " << k);
        CHECK(wrong == 0);
        CHECK(out[static_cast<std::size_t>(n)] == -7.0F);
    }
}

TEST_CASE("a product of many rows has the bits of the same rows in small products") {
    const auto [m, n, k] = large;
    const conv_problem<float, float> problem(gemm_geometry(m, n, k, k, n), 2);
    line_buffer<float> weights(packed_elements<isa, float>(problem.g));
    line_buffer<float> bias(packed_bias_elements<isa>(problem.g));
    pack_conv<isa, float>(problem.g, problem.weights.data(), weights.data());
    pack_bias<isa>(problem.g, problem.bias.data(), bias.data());
    line_buffer<std::byte> scratch(conv_scratch_bytes<isa, float>(problem.g));
    const auto multiply = [&](int rows, int first, std::vector<float>& out) {
        gemm<isa, float, float, needed>(rows, n, k, problem.in.data() + std::ptrdiff_t{first} * k,
                                        k, weights.data(), bias.data(),
                                        out.data() + std::ptrdiff_t{first} * n, n,
                                        epilogue<float>{}, scratch.data());
    };
    std::vector<float> whole(problem.residual.size());
    std::vector<float> parts(problem.residual.size());
    multiply(m, 0, whole);
    for (int part = 0; part < 5; ++part) {
        multiply(m / 5, part * (m / 5), parts);
    }
    CHECK(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)) == 0);
}
