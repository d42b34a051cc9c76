// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What Winograd's filtering rounds to FP32 in one convolution, and how much of it reaches outputs.
///
/// Counted are: the transformed weights, once each, for all tiles they are used at; every rounding
/// of the transforms' passes, in the order in which registers compute them; in the products every
/// product and partial sum; the bias. Transforms are linear, so the derivative of the output by any
/// of these numbers is that by the outputs of its tile, led back through the matrices.

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/base/math.hpp>
#include <soma/kernels/winograd_matrices.hpp>
#include <soma/perf/reference_network.hpp>
#include <soma/perf/rounding_effect.hpp>

namespace soma::perf {

namespace detail {

/// The matrices of one tile size, for loops over either.
struct winograd_view {
    std::size_t m, n;  ///< outputs and inputs along an axis
    std::size_t down, across;

    explicit winograd_view(const reference_node& node) noexcept
        : m(static_cast<std::size_t>(node.tile)),
          n(m + 2),
          down(static_cast<std::size_t>(ceil_div(node.out.h, node.tile))),
          across(static_cast<std::size_t>(ceil_div(node.out.w, node.tile))) {}

    [[nodiscard]] std::size_t tiles() const noexcept { return down * across; }
    [[nodiscard]] std::size_t positions() const noexcept { return n * n; }
    [[nodiscard]] double in(std::size_t i, std::size_t j) const noexcept {
        return m == 2 ? kernels::winograd_filter<2>::input_matrix[i][j]
                      : kernels::winograd_filter<4>::input_matrix[i][j];
    }
    [[nodiscard]] double out(std::size_t i, std::size_t j) const noexcept {
        return m == 2 ? kernels::winograd_filter<2>::output_matrix[i][j]
                      : kernels::winograd_filter<4>::output_matrix[i][j];
    }
    [[nodiscard]] double filter(std::size_t i, std::size_t j) const noexcept {
        return m == 2 ? kernels::winograd_filter<2>::filter_matrix[i][j]
                      : kernels::winograd_filter<4>::filter_matrix[i][j];
    }
};

/// Numbers that are rounded: their squares and magnitudes, added.
struct rounded_numbers {
    double squares = 0, magnitudes = 0;

    void add(double x) noexcept {
        squares += x * x;
        magnitudes += std::abs(x);
    }
};

/// Six numbers along an axis; a tile of 2x2 outputs uses four.
using winograd_axis = std::array<double, 6>;

/// What computing element `i` of the input transform of `x` rounds; each as it enters the result.
[[nodiscard]] inline rounded_numbers rounded_by_input_pass(const winograd_view& w,
                                                           std::size_t i,
                                                           const winograd_axis& x) noexcept {
    std::array<double, 6> term{};
    double sum = 0;
    for (std::size_t j = 0; j < w.n; ++j) {
        term[j] = w.in(i, j) * x[j];
        sum += term[j];
    }
    rounded_numbers found;
    found.add(sum);
    if (w.m == 4) {  // with m = 2 it is one addition
        for (const double t : term) {
            found.add(t);
        }
        found.add(term[2] + term[4]);
        found.add(i == 5 ? term[3] + term[5] : term[1] + term[3]);
        found.add(i == 5 ? 0 : term[1] + term[3]);  // scaled
    }
    return found;
}

/// What computing output `i` of the output transform of `x` rounds.
[[nodiscard]] inline rounded_numbers rounded_by_output_pass(const winograd_view& w,
                                                            std::size_t i,
                                                            const winograd_axis& x) noexcept {
    std::array<double, 6> term{};
    double sum = 0;
    for (std::size_t j = 0; j < w.n; ++j) {
        term[j] = w.out(i, j) * x[j];
        sum += term[j];
    }
    rounded_numbers found;
    const double first = term[1] + term[2];
    found.add(first);
    found.add(sum);
    if (w.m == 4) {
        const double second = term[3] + term[4];
        found.add(first);  // scaled
        found.add(second);
        found.add(second);  // scaled
        found.add(term[0] + term[5] + first);
    }
    return found;
}

}  // namespace detail

/// A convolution as its filtering computes it, in double: what the roundings are relative to.
class winograd_trace {
public:
    winograd_trace() = default;

    explicit winograd_trace(const reference_node& node) {
        const detail::winograd_view w(node);
        const std::size_t inputs = node.channels_in(), outputs = node.channels_out();
        weights.resize(w.positions() * outputs * inputs);
        values.resize(w.tiles() * w.positions() * inputs);
        products.resize(w.tiles() * w.positions() * outputs);
        rounded.resize(products.size());
        for (std::size_t o = 0; o < outputs; ++o) {
            for (std::size_t c = 0; c < inputs; ++c) {
                for (std::size_t p = 0; p < w.positions(); ++p) {
                    double sum = 0;
                    for (std::size_t tap = 0; tap < 9; ++tap) {
                        sum += w.filter(p / w.n, tap / 3) * w.filter(p % w.n, tap % 3)
                               * node.weights[(o * 9 + tap) * inputs + c];
                    }
                    weights[(p * outputs + o) * inputs + c] = sum;
                }
            }
        }
    }

    [[nodiscard]] bool empty() const noexcept { return weights.empty(); }

    /// The input of tile `t` in channel `c`, `[row][column]`.
    [[nodiscard]] static std::array<detail::winograd_axis, 6> pixels(const reference_node& node,
                                                                     const std::vector<double>& x,
                                                                     std::size_t t,
                                                                     std::size_t c) {
        const detail::winograd_view w(node);
        const int top = static_cast<int>(t / w.across) * node.tile - node.win.pad_h;
        const int left = static_cast<int>(t % w.across) * node.tile - node.win.pad_w;
        std::array<detail::winograd_axis, 6> tile{};
        for (int i = 0; i < node.tile + 2; ++i) {
            for (int j = 0; j < node.tile + 2; ++j) {
                if (top + i >= 0 && top + i < node.in.h && left + j >= 0 && left + j < node.in.w) {
                    const auto pixel = static_cast<std::size_t>((top + i) * node.in.w + left + j);
                    tile[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                        x[pixel * node.channels_in() + c];
                }
            }
        }
        return tile;
    }

    /// Transforms and multiplies the values `x` that `node` reads.
    void run(const reference_node& node, const std::vector<double>& x) {
        const detail::winograd_view w(node);
        const std::size_t inputs = node.channels_in(), outputs = node.channels_out();
        for (std::size_t t = 0; t < w.tiles(); ++t) {
            for (std::size_t c = 0; c < inputs; ++c) {
                const auto tile = pixels(node, x, t, c);
                for (std::size_t p = 0; p < w.positions(); ++p) {
                    double sum = 0;
                    for (std::size_t i = 0; i < w.n; ++i) {
                        for (std::size_t j = 0; j < w.n; ++j) {
                            sum += w.in(p / w.n, i) * w.in(p % w.n, j) * tile[i][j];
                        }
                    }
                    values[(t * w.positions() + p) * inputs + c] = sum;
                }
            }
            for (std::size_t p = 0; p < w.positions(); ++p) {
                const double* const v = values.data() + (t * w.positions() + p) * inputs;
                for (std::size_t o = 0; o < outputs; ++o) {
                    const double* const u = weights.data() + (p * outputs + o) * inputs;
                    detail::rounded_numbers found;
                    double sum = 0;
                    for (std::size_t c = 0; c < inputs; ++c) {
                        sum += u[c] * v[c];
                        found.add(u[c] * v[c]);
                        found.add(sum);
                    }
                    const std::size_t at = (t * w.positions() + p) * outputs + o;
                    products[at] = sum;
                    rounded[at] = found;
                }
            }
        }
    }

    /// Squares of what is rounded on the way to each output of the convolution, about: what the
    /// products round, and as much again for the transforms before and after them.
    void estimate(const reference_node& node, std::vector<double>& squares) const {
        const detail::winograd_view w(node);
        const std::size_t outputs = node.channels_out();
        const auto width = static_cast<std::size_t>(node.out.w);
        for (std::size_t k = 0; k < squares.size(); ++k) {
            const std::size_t y = k / outputs / width, x = k / outputs % width;
            const std::size_t tile = y / w.m * w.across + x / w.m;
            double sum = 0;
            for (std::size_t p = 0; p < w.positions(); ++p) {
                const double factor = w.out(y % w.m, p / w.n) * w.out(x % w.m, p % w.n);
                sum += factor * factor
                       * rounded[(tile * w.positions() + p) * outputs + k % outputs].squares;
            }
            squares[k] = 2 * sum;
        }
    }

    std::vector<double> weights;   ///< `[position][out][in]`
    std::vector<double> values;    ///< `[tile][position][in]`
    std::vector<double> products;  ///< `[tile][position][out]`, summed over the inputs
    std::vector<detail::rounded_numbers> rounded;  ///< on the way to each of `products`
};

/// The way back: from the outputs' adjoints to every rounding of a filtered convolution.
class winograd_adjoint {
public:
    /// Adds to `found` what `node` rounds, for the adjoints `total` of its sums.
    void count(const reference_node& node,
               const std::vector<double>& x,
               const winograd_trace& trace,
               const std::vector<lanes>& total,
               effect& found) {
        const detail::winograd_view w(node);
        products_.assign(trace.products.size(), lanes{});
        values_.assign(trace.values.size(), lanes{});
        for (std::size_t t = 0; t < w.tiles(); ++t) {
            for (std::size_t o = 0; o < node.channels_out(); ++o) {
                count_output(node, w, trace, total, t, o, found);
            }
        }
        count_weights(node, w, trace, found);
        for (std::size_t t = 0; t < w.tiles(); ++t) {
            for (std::size_t c = 0; c < node.channels_in(); ++c) {
                count_input(node, w, x, t, c, found);
            }
        }
    }

private:
    static void add(effect& found, const lanes& a, const detail::rounded_numbers& r) noexcept {
        found.add(a, r.squares, r.magnitudes);
    }

    /// One tile's outputs in channel `o`: the bias, two passes, the products.
    void count_output(const reference_node& node,
                      const detail::winograd_view& w,
                      const winograd_trace& trace,
                      const std::vector<lanes>& total,
                      std::size_t t,
                      std::size_t o,
                      effect& found) {
        const std::size_t outputs = node.channels_out();
        const std::size_t first = t * w.positions() * outputs + o;
        std::array<std::array<lanes, 6>, 4> half_adjoint{};
        for (std::size_t i = 0; i < w.m; ++i) {
            detail::winograd_axis half{};
            for (std::size_t j = 0; j < w.n; ++j) {
                for (std::size_t r = 0; r < w.n; ++r) {
                    half[j] += w.out(i, r) * trace.products[first + (r * w.n + j) * outputs];
                }
            }
            for (std::size_t j = 0; j < w.m; ++j) {
                const std::size_t y = t / w.across * w.m + i, z = t % w.across * w.m + j;
                if (y >= static_cast<std::size_t>(node.out.h)
                    || z >= static_cast<std::size_t>(node.out.w)) {
                    continue;
                }
                const lanes& adjoint =
                    total[(y * static_cast<std::size_t>(node.out.w) + z) * outputs + o];
                double sum = node.bias[o];
                for (std::size_t k = 0; k < w.n; ++k) {
                    sum += w.out(j, k) * half[k];
                    half_adjoint[i][k].add(adjoint, w.out(j, k));
                }
                detail::rounded_numbers rounded = detail::rounded_by_output_pass(w, j, half);
                rounded.add(sum);
                add(found, adjoint, rounded);
            }
        }
        for (std::size_t j = 0; j < w.n; ++j) {
            detail::winograd_axis column{};
            for (std::size_t r = 0; r < w.n; ++r) {
                column[r] = trace.products[first + (r * w.n + j) * outputs];
            }
            for (std::size_t i = 0; i < w.m; ++i) {
                add(found, half_adjoint[i][j], detail::rounded_by_output_pass(w, i, column));
                for (std::size_t r = 0; r < w.n; ++r) {
                    products_[first + (r * w.n + j) * outputs].add(half_adjoint[i][j], w.out(i, r));
                }
            }
        }
        for (std::size_t p = 0; p < w.positions(); ++p) {
            add(found, products_[first + p * outputs], trace.rounded[first + p * outputs]);
        }
    }

    /// Transformed weights, each rounded once for all tiles; on to the transformed inputs.
    void count_weights(const reference_node& node,
                       const detail::winograd_view& w,
                       const winograd_trace& trace,
                       effect& found) {
        const std::size_t inputs = node.channels_in(), outputs = node.channels_out();
        std::vector<lanes> gradient(inputs);
        for (std::size_t p = 0; p < w.positions(); ++p) {
            for (std::size_t o = 0; o < outputs; ++o) {
                const double* const u = trace.weights.data() + (p * outputs + o) * inputs;
                gradient.assign(inputs, lanes{});
                for (std::size_t t = 0; t < w.tiles(); ++t) {
                    const lanes& adjoint = products_[(t * w.positions() + p) * outputs + o];
                    if (adjoint.is_zero()) {
                        continue;
                    }
                    const std::size_t from = (t * w.positions() + p) * inputs;
                    for (std::size_t c = 0; c < inputs; ++c) {
                        gradient[c].add(adjoint, trace.values[from + c]);
                        values_[from + c].add(adjoint, u[c]);
                    }
                }
                for (std::size_t c = 0; c < inputs; ++c) {
                    found.add(gradient[c], u[c]);
                }
            }
        }
    }

    /// One tile's inputs in channel `c`: two passes.
    void count_input(const reference_node& node,
                     const detail::winograd_view& w,
                     const std::vector<double>& x,
                     std::size_t t,
                     std::size_t c,
                     effect& found) const {
        const std::size_t inputs = node.channels_in();
        const auto tile = winograd_trace::pixels(node, x, t, c);
        for (std::size_t i = 0; i < w.n; ++i) {
            detail::winograd_axis half{};
            std::array<lanes, 6> half_adjoint{};
            for (std::size_t q = 0; q < w.n; ++q) {
                for (std::size_t r = 0; r < w.n; ++r) {
                    half[q] += w.in(i, r) * tile[r][q];
                }
            }
            for (std::size_t j = 0; j < w.n; ++j) {
                const lanes& adjoint = values_[(t * w.positions() + i * w.n + j) * inputs + c];
                add(found, adjoint, detail::rounded_by_input_pass(w, j, half));
                for (std::size_t q = 0; q < w.n; ++q) {
                    half_adjoint[q].add(adjoint, w.in(j, q));
                }
            }
            for (std::size_t q = 0; q < w.n; ++q) {
                detail::winograd_axis column{};
                for (std::size_t r = 0; r < w.n; ++r) {
                    column[r] = tile[r][q];
                }
                add(found, half_adjoint[q], detail::rounded_by_input_pass(w, i, column));
            }
        }
    }

    std::vector<lanes> products_;  ///< adjoints of `winograd_trace::products`
    std::vector<lanes> values_;    ///< adjoints of `winograd_trace::values`
};

}  // namespace soma::perf
