// SPDX-License-Identifier: MIT

/// \file
/// A program of a user: a small model whose numbers are exact in every format.

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include <soma/soma.hpp>

struct net : soma::model<soma::input<float, 2, 4, 4>,
                         soma::layers::conv2d<"conv", 3, 3, soma::padding<1>, soma::with_bias>,
                         soma::layers::relu,
                         soma::layers::global_average_pool,
                         soma::layers::linear<"fc", 2>> {};

/// Runs two samples of ones; each output is 3 channels x 4.125 x 0.5 - 1.
template <class Precision>
bool agrees(const soma::weights<net>& weights, const char* precision) {
    using program = soma::program<net, Precision, soma::schedule<soma::batch<2>>>;
    soma::executor<program> run(weights);

    float in[2 * 2 * 4 * 4];
    float out[2 * 2] = {};
    std::fill(std::begin(in), std::end(in), 1.0F);
    const bool done = run.run(in, out) == soma::run_status::done;

    std::printf("%s: %.9g\n", precision, static_cast<double>(out[0]));
    return done
           && std::all_of(std::begin(out), std::end(out), [](float y) { return y == 5.1875F; });
}

int main() {
    soma::parameters<net> values;
    const auto fill = [&](const char* name, float value) {
        const auto tensor = values[name];
        std::fill(tensor.begin(), tensor.end(), value);
    };
    fill("conv.weight", 0.25F);
    fill("conv.bias", 1.0F);
    fill("fc.weight", 0.5F);
    fill("fc.bias", -1.0F);
    const soma::weights<net> weights(std::move(values));

    std::printf("soma %d.%d.%d\n", SOMA_VERSION_MAJOR, SOMA_VERSION_MINOR, SOMA_VERSION_PATCH);
    return agrees<soma::fp32>(weights, "fp32") && agrees<soma::bf16>(weights, "bf16") ? 0 : 1;
}
