// SPDX-License-Identifier: MIT
#include <soma/kernels/channel_affine.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/kernels/reference/elementwise.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;
using kernels::activation;

namespace {

template <class In, class Out>
void agrees_with_its_definition(int c, int pitch, activation kind) {
    constexpr std::size_t rows = 5;
    const std::size_t n = rows * static_cast<std::size_t>(pitch);
    const auto in = test::uniform_with_specials<In>(n, 11);
    const auto scale = test::uniform<float>(static_cast<std::size_t>(c), 12);
    const auto shift = test::uniform<float>(static_cast<std::size_t>(c), 13);
    std::vector<double> want(n);
    kernels::reference::channel_affine(in.data(), rows, c, pitch, scale.data(), shift.data(),
                                       want.data(), kind, {});

    std::vector<Out> first;
    test::for_each_isa([&]<class Isa> {
        std::vector<Out> out(n, convert_to<Out>(99.0F));
        kernels::channel_affine<Isa>(in.data(), rows, c, pitch, scale.data(), shift.data(),
                                     out.data(), kind, {},
                                     kernels::post_function<Isa, activation::tanh>);
        if (first.empty()) {
            first = out;
        }
        CHECK(test::differing(first, out) == 0);
    });

    std::size_t wrong = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto channel = i % static_cast<std::size_t>(pitch);
        if (channel >= static_cast<std::size_t>(c)) {
            wrong += test::same(first[i], Out{}) ? 0U : 1U;
            continue;
        }
        // Two roundings, then at most the 2.5 ulp of tanh, whose slope is at most one.
        const double product = test::exact(in[i]) * static_cast<double>(scale[channel]);
        const double bound = unit_roundoff(format::f32)
                             * (2 * std::abs(product) + std::abs(want[i])
                                + std::abs(static_cast<double>(shift[channel])) + 5);
        wrong += test::within(first[i], want[i],
                              bound + test::store_bound<Out>(std::abs(want[i]) + bound))
                     ? 0U
                     : 1U;
    }
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("channel_affine agrees with its definition, with the same bits everywhere",
          "[kernels][channel_affine]") {
    for (const int c : {1, 3, 4, 15, 16, 17, 40, 150}) {
        for (const activation kind : {activation::none, activation::relu, activation::tanh}) {
            agrees_with_its_definition<float, float>(c, c, kind);
            agrees_with_its_definition<float, float>(c, c + 3, kind);
            agrees_with_its_definition<bfloat16, bfloat16>(c, c + c % 2, kind);
            agrees_with_its_definition<float16, float>(c, c, kind);
        }
    }
}
