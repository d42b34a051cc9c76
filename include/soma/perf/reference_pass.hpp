// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One sample through a model in double, with what FP32 arithmetic would round on the way.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <soma/kernels/reference/activation.hpp>
#include <soma/numeric/format.hpp>
#include <soma/perf/activation_slope.hpp>
#include <soma/perf/pool_window.hpp>
#include <soma/perf/reference_network.hpp>
#include <soma/perf/winograd_rounding.hpp>

namespace soma::perf {

/// What the reference pass keeps of one node, value by value.
struct node_trace {
    std::vector<double> sums;     ///< before the activation
    std::vector<double> results;  ///< what other nodes read
    std::vector<double> slopes;   ///< of the activation, the steeper side near a kink
    /// All numbers that FP32 arithmetic rounds to reach `sums`: their squares and magnitudes,
    /// added.
    std::vector<double> rounded_squares, rounded_magnitudes;
    /// The same of a matmul's sum of products alone, and as estimated by Winograd's filtering.
    std::vector<double> chain_squares, chain_magnitudes, filtered_squares;
    winograd_trace filtering;         ///< of a convolution that a policy filters
    std::vector<double> doubts;       ///< squared estimate of a result's error
    std::vector<std::size_t> chosen;  ///< the input value that a maximum took
    double largest = 0;               ///< magnitude among the results
};

/// The roundings an estimate of errors assumes, and how many deviations it allows for.
struct doubt_level {
    double roundoff = 0;  ///< of every stored value, operand and weight
    double deviations = 0;
    bool winograd = false;  ///< whether convolutions are filtered where that is cheaper
};

/// Runs samples through a network in double, one at a time.
///
/// Sums are taken in the order of the kernels: bias, taps row by row, channels ascending, residual.
/// Besides results it keeps what an analysis of rounding errors needs; `doubts` are estimates that
/// take errors of different inputs of a sum for independent, and only decide which side of a kink
/// a unit may lie on.
class reference_pass {
public:
    explicit reference_pass(const reference_network& network, doubt_level level = {})
        : network_(network), level_(level), traces_(network.nodes.size()) {
        for (std::size_t i = 0; i < traces_.size(); ++i) {
            node_trace& t = traces_[i];
            const std::size_t count = network.nodes[i].elements();
            for (auto* values :
                 {&t.sums, &t.results, &t.slopes, &t.rounded_squares, &t.rounded_magnitudes,
                  &t.chain_squares, &t.chain_magnitudes, &t.filtered_squares, &t.doubts}) {
                values->resize(count);
            }
            if (level.winograd && network.nodes[i].tile != 0) {
                t.filtering = winograd_trace(network.nodes[i]);
            }
            if (network.nodes[i].kind == op::max_pool) {
                t.chosen.resize(count);
            }
        }
    }

    /// Runs one sample, channels first. \pre As many values as the network has inputs.
    void run(std::span<const float> sample) {
        for (std::size_t i = 0; i < traces_.size(); ++i) {
            const reference_node& n = network_.nodes[i];
            node_trace& t = traces_[i];
            std::fill(t.rounded_squares.begin(), t.rounded_squares.end(), 0.0);
            std::fill(t.rounded_magnitudes.begin(), t.rounded_magnitudes.end(), 0.0);
            std::fill(t.doubts.begin(), t.doubts.end(), 0.0);
            if (n.kind == op::input) {
                for (std::size_t k = 0; k < sample.size(); ++k) {
                    t.sums[value_index(n.out, k)] = static_cast<double>(sample[k]);
                }
            } else {
                compute(n, t);
            }
            finish(n, t);
        }
    }

    [[nodiscard]] const node_trace& of(std::size_t node) const noexcept { return traces_[node]; }
    [[nodiscard]] const node_trace& of(int node) const noexcept {
        return traces_[static_cast<std::size_t>(node)];
    }

    /// Output `k` of the sample, channels first.
    [[nodiscard]] double output(std::size_t k) const noexcept {
        return traces_.back().results[value_index(network_.nodes.back().out, k)];
    }

private:
    static void round(node_trace& t, std::size_t at, double value) noexcept {
        t.rounded_squares[at] += value * value;
        t.rounded_magnitudes[at] += std::abs(value);
    }

    void compute(const reference_node& n, node_trace& t) const {
        const node_trace& x = of(n.inputs[0]);
        switch (n.kind) {
            case op::conv2d:
            case op::linear:
                matmul(n, x, t);
                if (level_.winograd && n.tile != 0) {
                    filter(n, x, t);
                }
                return;
            case op::max_pool:
            case op::average_pool:
            case op::global_average_pool: return pool(n, x, t);
            case op::softmax:
            case op::log_softmax: return softmax(n, x, t);
            case op::concat: return concat(n, t);
            case op::batch_norm: return batch_norm(n, x, t);
            case op::flatten:
                for (std::size_t k = 0; k < t.sums.size(); ++k) {
                    t.sums[k] = x.results[value_index(n.in, k)];
                    t.doubts[k] = x.doubts[value_index(n.in, k)];
                }
                return;
            case op::add: {
                const node_trace& y = of(n.inputs[1]);
                for (std::size_t k = 0; k < t.sums.size(); ++k) {
                    t.sums[k] = x.results[k] + y.results[k];
                    t.doubts[k] = x.doubts[k] + y.doubts[k];
                    round(t, k, t.sums[k]);
                }
                return;
            }
            default: t.sums = x.results; t.doubts = x.doubts;
        }
    }

    void matmul(const reference_node& n, const node_trace& x, node_trace& t) const {
        const std::size_t outputs = n.channels_out();
        const std::size_t channels = n.channels_in();
        const std::size_t group_in = channels / static_cast<std::size_t>(n.groups);
        const std::size_t group_out = outputs / static_cast<std::size_t>(n.groups);
        const double roundoff = level_.roundoff * level_.roundoff;
        std::size_t at = 0;
        for (int y = 0; y < n.out.h; ++y) {
            for (int z = 0; z < n.out.w; ++z) {
                for (std::size_t o = 0; o < outputs; ++o, ++at) {
                    const double* w = n.weights.data()
                                      + o * group_in * static_cast<std::size_t>(n.win.kernel_h)
                                            * static_cast<std::size_t>(n.win.kernel_w);
                    double sum = n.bias[o], squares = 0, magnitudes = 0, doubt = 0;
                    for (int ky = 0; ky < n.win.kernel_h; ++ky) {
                        for (int kx = 0; kx < n.win.kernel_w; ++kx, w += group_in) {
                            const int row =
                                y * n.win.stride_h - n.win.pad_h + ky * n.win.dilation_h;
                            const int column =
                                z * n.win.stride_w - n.win.pad_w + kx * n.win.dilation_w;
                            if (row < 0 || row >= n.in.h || column < 0 || column >= n.in.w) {
                                continue;
                            }
                            const std::size_t from =
                                static_cast<std::size_t>(row * n.in.w + column) * channels
                                + o / group_out * group_in;
                            for (std::size_t c = 0; c < group_in; ++c) {
                                const double product = w[c] * x.results[from + c];
                                sum += product;
                                squares += sum * sum + product * product;
                                magnitudes += std::abs(sum) + std::abs(product);
                                doubt += w[c] * w[c] * x.doubts[from + c]
                                         + 2 * roundoff * product * product;
                            }
                        }
                    }
                    t.chain_squares[at] = squares;
                    t.chain_magnitudes[at] = magnitudes;
                    if (n.residual >= 0) {
                        sum += of(n.residual).results[at];
                        doubt += of(n.residual).doubts[at];
                        round(t, at, sum);
                    }
                    t.sums[at] = sum;
                    t.doubts[at] = doubt;
                }
            }
        }
    }

    /// A policy that filters rounds more: where one is analysed, units near a kink show it.
    void filter(const reference_node& n, const node_trace& x, node_trace& t) const {
        t.filtering.run(n, x.results);
        t.filtering.estimate(n, t.filtered_squares);
    }

    void batch_norm(const reference_node& n, const node_trace& x, node_trace& t) const {
        for (std::size_t k = 0; k < t.sums.size(); ++k) {
            const std::size_t c = k % n.channels_out();
            const double product = x.results[k] * n.weights[c];
            t.sums[k] = product + n.bias[c];
            t.doubts[k] = x.doubts[k] * n.weights[c] * n.weights[c];
            round(t, k, product);
            round(t, k, t.sums[k]);
        }
    }

    void pool(const reference_node& n, const node_trace& x, node_trace& t) const {
        const std::size_t channels = n.channels_out();
        for_each_window(n, [&](std::size_t pixel, const pool_window& window) {
            for (std::size_t c = 0; c < channels; ++c) {
                const std::size_t at = pixel * channels + c;
                double sum = n.kind == op::max_pool ? -std::numeric_limits<double>::infinity() : 0;
                double doubt = 0;
                window.for_each_pixel(n.in, [&](std::size_t from) {
                    const double value = x.results[from * channels + c];
                    if (n.kind != op::max_pool) {
                        sum += value / window.divisor;
                        doubt += x.doubts[from * channels + c] / (window.divisor * window.divisor);
                        round(t, at, sum);
                    } else if (!(value <= sum)) {
                        sum = value;
                        doubt = x.doubts[from * channels + c];
                        t.chosen[at] = from * channels + c;
                    }
                });
                t.sums[at] = sum;
                t.doubts[at] = doubt;
                if (n.kind != op::max_pool) {
                    round(t, at, sum);  // the division
                }
            }
        });
    }

    /// Rounded numbers of a softmax depend on which output looks at them: the adjoint pass has
    /// them.
    void softmax(const reference_node& n, const node_trace& x, node_trace& t) const {
        const std::size_t channels = n.channels_out();
        for (std::size_t first = 0; first < t.sums.size(); first += channels) {
            const double* const row = x.results.data() + first;
            const double largest = *std::max_element(row, row + channels);
            double sum = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                sum += std::exp(row[c] - largest);
            }
            for (std::size_t c = 0; c < channels; ++c) {
                const double shifted = row[c] - largest;
                const bool logarithm = n.kind == op::log_softmax;
                t.sums[first + c] = logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
                t.doubts[first + c] =
                    x.doubts[first + c] * (logarithm ? 1 : t.sums[first + c] * t.sums[first + c]);
            }
        }
    }

    void concat(const reference_node& n, node_trace& t) const {
        std::size_t first = 0;
        for (const int input : n.inputs) {
            const node_trace& x = of(input);
            const std::size_t channels = x.results.size() / n.pixels_out();
            for (std::size_t k = 0; k < x.results.size(); ++k) {
                const std::size_t at = k / channels * n.channels_out() + first + k % channels;
                t.sums[at] = x.results[k];
                t.doubts[at] = x.doubts[k];
            }
            first += channels;
        }
    }

    void finish(const reference_node& n, node_trace& t) const {
        const double arithmetic = unit_roundoff(format::f32) * unit_roundoff(format::f32);
        t.largest = 0;
        for (std::size_t k = 0; k < t.sums.size(); ++k) {
            const double sum = t.sums[k];
            const double result = kernels::reference::activate(n.act, sum, n.act_parameters);
            const double squares =
                t.rounded_squares[k] + std::max(t.chain_squares[k], t.filtered_squares[k]);
            const double doubt = t.doubts[k] + arithmetic * squares;
            t.results[k] = result;
            t.slopes[k] =
                steepest_slope(n.act, sum, level_.deviations * std::sqrt(doubt), n.act_parameters);
            const double stored = level_.roundoff * result;
            t.doubts[k] = t.slopes[k] * t.slopes[k] * doubt + stored * stored;
            t.largest = std::max(t.largest, std::abs(result));
        }
    }

    const reference_network& network_;
    doubt_level level_;
    std::vector<node_trace> traces_;
};

}  // namespace soma::perf
