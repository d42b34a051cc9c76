// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Inputs that a format holds exactly, and what a correct kernel may make of them.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <soma/numeric/convert.hpp>

#include "workload.hpp"

namespace bench {

/// The operands of one workload; each value is one of `stored`, except the bias (FP32).
struct operands {
    soma::format stored = soma::format::f32;
    std::vector<float> input;    ///< [batch][h][w][c]
    std::vector<float> weights;  ///< [out_c][in_c][kernel][kernel]
    std::vector<float> bias;     ///< [out_c]
};

/// For each output, the exact value and how far from it a kernel may end.
struct expectation {
    std::vector<double> value;  ///< [batch][h][w][out_c]
    std::vector<double> bound;
};

/// A value nearest to `x` in `stored`.
[[nodiscard]] inline float rounded_to(soma::format stored, float x) noexcept {
    switch (stored) {
        case soma::format::f16: return static_cast<float>(soma::convert_to<soma::float16>(x));
        case soma::format::bf16: return static_cast<float>(soma::convert_to<soma::bfloat16>(x));
        default: return x;
    }
}

/// Uniform values in [-1, 1), the same in every run.
[[nodiscard]] inline operands make_operands(const workload& w, soma::format stored) {
    std::uint64_t state = 0x9E3779B97F4A7C15U;
    const auto fill = [&](std::size_t count, soma::format kind) {
        std::vector<float> values(count);
        for (float& value : values) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            const auto top = static_cast<std::int32_t>(state >> 40) - (1 << 23);
            value = rounded_to(kind, static_cast<float>(top) * 0x1p-23F);
        }
        return values;
    };
    const auto size = static_cast<std::size_t>(w.in_size);
    operands result;
    result.stored = stored;
    result.input = fill(
        static_cast<std::size_t>(w.batch) * size * size * static_cast<std::size_t>(w.in_c), stored);
    result.weights = fill(static_cast<std::size_t>(w.weight_count()), stored);
    result.bias = fill(static_cast<std::size_t>(w.out_c), soma::format::f32);
    return result;
}

/// The definition, in double.
///
/// The bound holds for any order of summation in FP32, each product and sum rounded: with n terms,
/// (n + 2) u / (1 - (n + 2) u) times the sum of magnitudes, and one rounding to the format stored.
[[nodiscard]] inline expectation make_expectation(const workload& w, const operands& x) {
    const auto outputs = static_cast<std::size_t>(w.out_c);
    const auto taps = static_cast<std::size_t>(w.kernel * w.kernel);
    const auto inputs = static_cast<std::size_t>(w.in_c);
    // [tap][in_c][out_c], so that the innermost loop below runs over neighbours.
    std::vector<float> matrix(x.weights.size());
    for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t i = 0; i < inputs; ++i) {
            for (std::size_t t = 0; t < taps; ++t) {
                matrix[(t * inputs + i) * outputs + o] = x.weights[(o * inputs + i) * taps + t];
            }
        }
    }

    const double terms = static_cast<double>(w.depth()) + 2.0;
    const double unit = soma::unit_roundoff(soma::format::f32);
    const double gamma = terms * unit / (1.0 - terms * unit);
    const double store = soma::unit_roundoff(x.stored);
    const double tiny = soma::smallest_subnormal(x.stored);

    expectation result;
    std::vector<double> sum(outputs);
    std::vector<double> magnitude(outputs);
    for (int row = 0; row < w.rows(); ++row) {
        const int image = row / (w.out_size() * w.out_size());
        const int out_y = row / w.out_size() % w.out_size();
        const int out_x = row % w.out_size();
        for (std::size_t o = 0; o < outputs; ++o) {
            sum[o] = static_cast<double>(x.bias[o]);
            magnitude[o] = std::abs(sum[o]);
        }
        for (int tap = 0; tap < w.kernel * w.kernel; ++tap) {
            const int y = out_y * w.stride - w.pad + tap / w.kernel;
            const int at_x = out_x * w.stride - w.pad + tap % w.kernel;
            if (y < 0 || y >= w.in_size || at_x < 0 || at_x >= w.in_size) {
                continue;
            }
            const float* pixel =
                x.input.data()
                + static_cast<std::size_t>((image * w.in_size + y) * w.in_size + at_x) * inputs;
            const float* weights = matrix.data() + static_cast<std::size_t>(tap) * inputs * outputs;
            for (std::size_t i = 0; i < inputs; ++i, weights += outputs) {
                const double factor = static_cast<double>(pixel[i]);
                for (std::size_t o = 0; o < outputs; ++o) {
                    const double product = factor * static_cast<double>(weights[o]);
                    sum[o] += product;
                    magnitude[o] += std::abs(product);
                }
            }
        }
        for (std::size_t o = 0; o < outputs; ++o) {
            const double slack = gamma * magnitude[o];
            result.value.push_back(w.relu ? std::max(0.0, sum[o]) : sum[o]);
            result.bound.push_back(slack + store * (std::abs(sum[o]) + slack) + tiny);
        }
    }
    return result;
}

/// An empty text where every output lies within its bound, else where the worst one is.
[[nodiscard]] inline std::string disagreement(const expectation& expected,
                                              const std::vector<float>& output) {
    if (output.size() != expected.value.size()) {
        return "has " + std::to_string(output.size()) + " outputs instead of "
               + std::to_string(expected.value.size());
    }
    double worst = 1.0;
    std::size_t at = output.size();
    for (std::size_t i = 0; i < output.size(); ++i) {
        const double error = std::abs(static_cast<double>(output[i]) - expected.value[i]);
        const double part = error / expected.bound[i];
        if (!(part <= worst)) {  // a NaN too
            worst = std::isnan(part) ? HUGE_VAL : part;
            at = i;
        }
    }
    return at == output.size()
               ? ""
               : "output " + std::to_string(at) + " is " + std::to_string(output[at])
                     + " instead of " + std::to_string(expected.value[at]) + ", "
                     + std::to_string(worst) + " times its bound";
}

}  // namespace bench
