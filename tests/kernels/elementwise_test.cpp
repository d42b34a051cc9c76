// SPDX-License-Identifier: MIT
#include <soma/kernels/elementwise.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/kernels/reference/elementwise.hpp>
#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;
using kernels::activation;

namespace {

constexpr std::size_t sizes[] = {1, 2, 3, 7, 16, 31, 64, 127, 128, 129, 300};

/// Runs `kernel<Isa>(out)` on every instruction set, wants equal bits, gives the last result.
template <class Out, class Kernel>
std::vector<Out> same_everywhere(std::size_t n, Kernel kernel) {
    std::vector<Out> first(n);
    kernel.template operator()<simd::isa::baseline>(first.data());
    test::for_each_isa([&]<class Isa> {
        std::vector<Out> out(n);
        kernel.template operator()<Isa>(out.data());
        CHECK(test::differing(first, out) == 0);
    });
    return first;
}

template <class A, class B, class Out>
void sums_and_products_agree() {
    constexpr double u = unit_roundoff(format::f32);
    for (const std::size_t n : sizes) {
        const auto a = test::uniform_with_specials<A>(n, 3);
        const auto b = test::uniform<B>(n, 4);
        std::vector<double> want(n);
        const auto agrees = [&](const std::vector<Out>& got) {
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < n; ++i) {
                // One rounding of the operation, of which gelu sees at most 1.2 times, then its
                // own.
                const double bound = 8 * u * (std::abs(want[i]) + std::abs(test::exact(a[i])));
                wrong += test::within(got[i], want[i],
                                      bound + test::store_bound<Out>(std::abs(want[i]) + bound))
                             ? 0U
                             : 1U;
            }
            return wrong == 0;
        };

        kernels::reference::add(a.data(), b.data(), want.data(), n);
        CHECK(agrees(same_everywhere<Out>(
            n, [&]<class Isa>(Out* out) { kernels::add<Isa>(a.data(), b.data(), out, n); })));
        kernels::reference::add(a.data(), b.data(), want.data(), n, activation::clip,
                                {-0.5F, 1.5F});
        CHECK(agrees(same_everywhere<Out>(n, [&]<class Isa>(Out* out) {
            kernels::add<Isa>(a.data(), b.data(), out, n, activation::clip, {-0.5F, 1.5F});
        })));
        kernels::reference::add(a.data(), b.data(), want.data(), n, activation::gelu);
        CHECK(agrees(same_everywhere<Out>(n, [&]<class Isa>(Out* out) {
            kernels::add<Isa>(a.data(), b.data(), out, n, activation::gelu, {},
                              kernels::post_function<Isa, activation::gelu>);
        })));
        kernels::reference::multiply(a.data(), b.data(), want.data(), n, activation::relu);
        CHECK(agrees(same_everywhere<Out>(n, [&]<class Isa>(Out* out) {
            kernels::multiply<Isa>(a.data(), b.data(), out, n, activation::relu);
        })));
    }
}

template <class In, class Out>
void casts_exactly() {
    for (const std::size_t n : sizes) {
        const auto in = test::uniform_with_specials<In>(n, 5);
        const auto got = same_everywhere<Out>(
            n, [&]<class Isa>(Out* out) { kernels::cast<Isa>(in.data(), out, n); });
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const bool flushed = format_of<Out> == format::bf16
                                 && std::abs(test::exact(in[i])) < smallest_normal(format::f32);
            wrong += flushed || test::same(got[i], convert_to<Out>(in[i])) ? 0U : 1U;
        }
        CHECK(wrong == 0);
    }
}

}  // namespace

TEST_CASE("casts round once, and not at all where the format is wider", "[kernels][elementwise]") {
    casts_exactly<float, float>();
    casts_exactly<float, bfloat16>();
    casts_exactly<float, float16>();
    casts_exactly<bfloat16, float>();
    casts_exactly<float16, float>();
    casts_exactly<bfloat16, float16>();
}

TEST_CASE("sums and products agree with their definitions, with the same bits everywhere",
          "[kernels][elementwise]") {
    sums_and_products_agree<float, float, float>();
    sums_and_products_agree<bfloat16, bfloat16, bfloat16>();
    sums_and_products_agree<float16, float16, float16>();
    sums_and_products_agree<bfloat16, float, float>();
}

TEST_CASE("sums have the same bits everywhere with subnormals flushed", "[kernels][elementwise]") {
    const simd::flush_denormals_scope flushed;
    const auto a = test::uniform_with_specials<float>(300, 3);
    const auto b = test::uniform_with_specials<float>(300, 9);
    same_everywhere<float>(
        300, [&]<class Isa>(float* out) { kernels::add<Isa>(a.data(), b.data(), out, 300); });
    same_everywhere<bfloat16>(300, [&]<class Isa>(bfloat16* out) {
        kernels::multiply<Isa>(a.data(), b.data(), out, 300);
    });
}

TEST_CASE("activate is its register form on a flat tensor, in place as well",
          "[kernels][elementwise]") {
    for (const std::size_t n : sizes) {
        const auto in = test::uniform_with_specials<bfloat16>(n, 6);
        const auto got = same_everywhere<bfloat16>(n, [&]<class Isa>(bfloat16* out) {
            kernels::activate<Isa, activation::silu>(in.data(), out, n);
        });
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double want = kernels::reference::activate(activation::silu, test::exact(in[i]));
            // Results below 2e-36 may be zero.
            const double bound = 2.5 * test::unit_in_last_place(want) + 2e-36;
            wrong += test::within(got[i], want,
                                  bound + test::store_bound<bfloat16>(std::abs(want) + bound))
                         ? 0U
                         : 1U;
        }
        CHECK(wrong == 0);

        auto inplace = in;
        kernels::activate<simd::native, activation::silu>(inplace.data(), inplace.data(), n);
        CHECK(test::differing(inplace, got) == 0);
    }
}
