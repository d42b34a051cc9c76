// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From the outputs of a model back to every rounding: how much of each one reaches an output.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <soma/numeric/convert.hpp>
#include <soma/perf/pool_window.hpp>
#include <soma/perf/reference_network.hpp>
#include <soma/perf/reference_pass.hpp>
#include <soma/perf/rounding_effect.hpp>
#include <soma/perf/rounding_plan.hpp>
#include <soma/perf/winograd_rounding.hpp>

namespace soma::perf {

/// Reverse-mode differentiation of a network at the sample that a `reference_pass` ran last.
///
/// Each value has one adjoint per kind of reader, because policies round for some readers only.
class adjoint_pass {
public:
    adjoint_pass(const reference_network& network, std::span<const rounding_site> sites)
        : network_(network), sites_(sites.begin(), sites.end()), adjoints_(network.nodes.size()) {
        for (const reference_node& n : network.nodes) {
            for (std::size_t k = 0; k < n.inputs.size(); ++k) {
                const auto input = static_cast<std::size_t>(n.inputs[k]);
                adjoints_[input][index_of(reader_of(n.kind, static_cast<int>(k)))].resize(
                    network.nodes[input].elements());
            }
        }
        found_.sites.resize(sites_.size());
    }

    /// Sweeps back from outputs `first`, `first + 1`, ... (channels first), as many as there are
    /// lanes; lanes beyond the last output are zero.
    const adjoint_effects& run(const reference_pass& values, std::size_t first) {
        values_ = &values;
        found_.arithmetic = found_.direct = found_.filtered = found_.weights_f16 =
            found_.weights_bf16 = {};
        std::fill(found_.sites.begin(), found_.sites.end(), effect{});
        for (auto& readers : adjoints_) {
            for (std::vector<lanes>& adjoint : readers) {
                std::fill(adjoint.begin(), adjoint.end(), lanes{});
            }
        }
        const std::size_t last = network_.nodes.size() - 1;
        total_.assign(network_.outputs(), lanes{});
        for (std::size_t i = 0; i < adjoint_lanes && first + i < network_.outputs(); ++i) {
            total_[value_index(network_.nodes[last].out, first + i)].at[i] = 1;
        }
        for (std::size_t i = last + 1; i-- > 0;) {
            if (i != last) {
                gather(i);
            }
            visit(static_cast<int>(i));
        }
        return found_;
    }

    /// Derivatives of the last sweep's outputs by the input's values, `[h][w][c]`.
    [[nodiscard]] std::span<const lanes> input_gradient() const noexcept { return total_; }

private:
    [[nodiscard]] static constexpr std::size_t index_of(reader r) noexcept {
        return static_cast<std::size_t>(r);
    }

    /// The adjoint of input `k` of node `n`, to be added to.
    [[nodiscard]] std::vector<lanes>& adjoint_of(const reference_node& n, int k) {
        return adjoints_[static_cast<std::size_t>(n.inputs[static_cast<std::size_t>(k)])]
                        [index_of(reader_of(n.kind, k))];
    }

    /// Adds up the readers' adjoints of node `i`.
    void gather(std::size_t i) {
        total_.assign(network_.nodes[i].elements(), lanes{});
        for (const std::vector<lanes>& adjoint : adjoints_[i]) {
            for (std::size_t k = 0; k < adjoint.size(); ++k) {
                total_[k].add(adjoint[k], 1);
            }
        }
    }

    /// Counts what node `i` rounds and passes its adjoint on to what it reads.
    void visit(int i) {
        const reference_node& n = network_.nodes[static_cast<std::size_t>(i)];
        const node_trace& t = values_->of(i);
        for (std::size_t s = 0; s < sites_.size(); ++s) {
            if (sites_[s].node == i) {
                count_site(n, t, s);
            }
        }
        for (std::size_t k = 0; k < total_.size() && n.kind != op::input; ++k) {
            if (n.act != kernels::activation::none) {
                const double own = activation_roundoffs(n.act, t.sums[k]) * t.results[k];
                found_.arithmetic.add(total_[k], own);
                lanes scaled;
                scaled.add(total_[k], t.slopes[k]);
                total_[k] = scaled;
            }
            if (t.rounded_magnitudes[k] != 0) {
                found_.arithmetic.add(total_[k], t.rounded_squares[k], t.rounded_magnitudes[k]);
            }
        }
        count_products(n, t);
        pass_on(n, t);
    }

    /// Roundings of a matmul's sums. Where a policy filters, they are counted either way.
    void count_products(const reference_node& n, const node_trace& t) {
        if (!is_matmul(n.kind)) {
            return;
        }
        effect& direct = n.tile == 0 ? found_.arithmetic : found_.direct;
        for (std::size_t k = 0; k < total_.size(); ++k) {
            direct.add(total_[k], t.chain_squares[k], t.chain_magnitudes[k]);
        }
        if (!t.filtering.empty()) {
            winograd_.count(n, values_->of(n.inputs[0]).results, t.filtering, total_,
                            found_.filtered);
        }
    }

    void count_site(const reference_node& n, const node_trace& t, std::size_t s) {
        const rounding_site& site = sites_[s];
        const auto& readers = adjoints_[static_cast<std::size_t>(site.node)];
        for (std::size_t k = 0; k < total_.size(); ++k) {
            const double value = t.results[k];
            // The caller's numbers are known: some are exact in the format.
            if (n.kind == op::input && is_exact(site.to, static_cast<float>(value))) {
                continue;
            }
            lanes sensitivity;
            for (std::size_t r = 0; r < readers.size(); ++r) {
                if ((site.readers >> r & 1U) != 0 && !readers[r].empty()) {
                    sensitivity.add(readers[r][k], 1);
                }
            }
            found_.sites[s].add(sensitivity, rounded_magnitude(site.to, value));
        }
    }

    [[nodiscard]] static bool is_exact(format to, float value) noexcept {
        const float stored = to == format::f16 ? convert_to<float>(convert_to<float16>(value))
                                               : convert_to<float>(convert_to<bfloat16>(value));
        return to == format::f32 || stored == value;
    }

    void pass_on(const reference_node& n, const node_trace& t) {
        switch (n.kind) {
            case op::input: return;
            case op::conv2d:
            case op::linear: return matmul(n);
            case op::batch_norm: return batch_norm(n);
            case op::max_pool:
            case op::average_pool:
            case op::global_average_pool: return pool(n, t);
            case op::softmax:
            case op::log_softmax: return softmax(n, t);
            case op::flatten:
                for (std::size_t k = 0; k < total_.size(); ++k) {
                    adjoint_of(n, 0)[value_index(n.in, k)].add(total_[k], 1);
                }
                return;
            case op::concat: return concat(n);
            default:
                for (std::size_t input = 0; input < n.inputs.size(); ++input) {
                    std::vector<lanes>& to = adjoint_of(n, static_cast<int>(input));
                    for (std::size_t k = 0; k < total_.size(); ++k) {
                        to[k].add(total_[k], 1);
                    }
                }
        }
    }

    void count_weight(const lanes& gradient, double weight, bool derived) noexcept {
        if (derived) {
            found_.arithmetic.add(gradient, weight);
        }
        found_.weights_bf16.add(gradient, weight);
        found_.weights_f16.add(gradient, rounded_magnitude(format::f16, weight));
    }

    /// A weight is rounded once for all pixels: its gradient is a sum in which signs cancel.
    void matmul(const reference_node& n) {
        const std::size_t outputs = n.channels_out();
        const std::size_t channels = n.channels_in();
        const std::size_t group_in = channels / static_cast<std::size_t>(n.groups);
        const std::size_t group_out = outputs / static_cast<std::size_t>(n.groups);
        const std::vector<double>& x = values_->of(n.inputs[0]).results;
        std::vector<lanes>& to = adjoint_of(n, 0);
        std::vector<lanes> gradient(group_in);
        active_.resize(total_.size());
        for (std::size_t k = 0; k < total_.size(); ++k) {
            active_[k] = !total_[k].is_zero();
        }
        const double* w = n.weights.data();
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t first = o / group_out * group_in;
            for (int ky = 0; ky < n.win.kernel_h; ++ky) {
                for (int kx = 0; kx < n.win.kernel_w; ++kx, w += group_in) {
                    std::fill(gradient.begin(), gradient.end(), lanes{});
                    for_each_pixel_pair(n, ky, kx, [&](std::size_t pixel, std::size_t read) {
                        if (!active_[pixel * outputs + o]) {
                            return;
                        }
                        const lanes adjoint = total_[pixel * outputs + o];
                        const std::size_t from = read * channels + first;
                        for (std::size_t c = 0; c < group_in; ++c) {
                            to[from + c].add(adjoint, w[c]);
                            gradient[c].add(adjoint, x[from + c]);
                        }
                    });
                    for (std::size_t c = 0; c < group_in; ++c) {
                        count_weight(gradient[c], w[c], n.derived);
                    }
                }
            }
            if (n.derived) {
                lanes bias;
                for (std::size_t k = o; k < total_.size(); k += outputs) {
                    bias.add(total_[k], 1);
                }
                found_.arithmetic.add(bias, n.bias[o]);
            }
        }
        if (n.residual >= 0) {
            std::vector<lanes>& skip = adjoint_of(n, static_cast<int>(n.inputs.size()) - 1);
            for (std::size_t k = 0; k < total_.size(); ++k) {
                skip[k].add(total_[k], 1);
            }
        }
    }

    /// Calls `use(output pixel, input pixel)` for every product of one tap that is not padding.
    template <class Use>
    static void for_each_pixel_pair(const reference_node& n, int ky, int kx, Use&& use) {
        for (int y = 0; y < n.out.h; ++y) {
            const int row = y * n.win.stride_h - n.win.pad_h + ky * n.win.dilation_h;
            for (int x = 0; x < n.out.w && row >= 0 && row < n.in.h; ++x) {
                const int column = x * n.win.stride_w - n.win.pad_w + kx * n.win.dilation_w;
                if (column >= 0 && column < n.in.w) {
                    use(static_cast<std::size_t>(y * n.out.w + x),
                        static_cast<std::size_t>(row * n.in.w + column));
                }
            }
        }
    }

    void batch_norm(const reference_node& n) {
        const std::size_t channels = n.channels_out();
        const std::vector<double>& x = values_->of(n.inputs[0]).results;
        std::vector<lanes>& to = adjoint_of(n, 0);
        for (std::size_t c = 0; c < channels; ++c) {
            lanes scale, shift;
            for (std::size_t k = c; k < total_.size(); k += channels) {
                to[k].add(total_[k], n.weights[c]);
                scale.add(total_[k], x[k]);
                shift.add(total_[k], 1);
            }
            found_.arithmetic.add(scale, n.weights[c]);
            found_.arithmetic.add(shift, n.bias[c]);
        }
    }

    void pool(const reference_node& n, const node_trace& t) {
        const std::size_t channels = n.channels_out();
        std::vector<lanes>& to = adjoint_of(n, 0);
        if (n.kind == op::max_pool) {
            for (std::size_t k = 0; k < total_.size(); ++k) {
                to[t.chosen[k]].add(total_[k], 1);
            }
            return;
        }
        for_each_window(n, [&](std::size_t pixel, const pool_window& window) {
            window.for_each_pixel(n.in, [&](std::size_t from) {
                for (std::size_t c = 0; c < channels; ++c) {
                    to[from * channels + c].add(total_[pixel * channels + c], 1 / window.divisor);
                }
            });
        });
    }

    /// Errors of an exponential act as errors of its argument do; those of the sum are common to
    /// the row. The exponential is good to 1.01 ulp and the logarithm to 0.87.
    void softmax(const reference_node& n, const node_trace& t) {
        const std::size_t channels = n.channels_out();
        const std::vector<double>& x = values_->of(n.inputs[0]).results;
        const bool logarithm = n.kind == op::log_softmax;
        std::vector<lanes>& to = adjoint_of(n, 0);
        for (std::size_t first = 0; first < total_.size(); first += channels) {
            const auto row = x.begin() + static_cast<std::ptrdiff_t>(first);
            const double largest =
                *std::max_element(row, row + static_cast<std::ptrdiff_t>(channels));
            lanes common;  // by the logarithm of the sum, up to its sign
            for (std::size_t k = first; k < first + channels; ++k) {
                common.add(total_[k], logarithm ? 1 : t.sums[k]);
                found_.arithmetic.add(total_[k], t.sums[k]);
            }
            for (std::size_t k = first; k < first + channels; ++k) {
                const double part = logarithm ? std::exp(t.sums[k]) : t.sums[k];
                lanes own;
                own.add(total_[k], logarithm ? 1 : part);
                own.add(common, -part);
                const double shifted = std::abs(x[k] - largest);
                if (logarithm) {
                    found_.arithmetic.add(total_[k], shifted);
                    found_.arithmetic.add(common, part * (shifted + 2 * 1.01));
                } else {
                    found_.arithmetic.add(own, shifted + 2 * 1.01);
                }
                to[k].add(own, 1);
            }
            const auto additions = static_cast<double>(channels);
            found_.arithmetic.add(common, additions, additions);
            if (logarithm) {
                const double log_sum = x[first] - largest - t.sums[first];
                found_.arithmetic.add(common, 2 * 0.87 * std::abs(log_sum));
            }
        }
    }

    void concat(const reference_node& n) {
        std::size_t first = 0;
        for (std::size_t input = 0; input < n.inputs.size(); ++input) {
            std::vector<lanes>& to = adjoint_of(n, static_cast<int>(input));
            const std::size_t channels = to.size() / n.pixels_out();
            for (std::size_t k = 0; k < to.size(); ++k) {
                to[k].add(total_[k / channels * n.channels_out() + first + k % channels], 1);
            }
            first += channels;
        }
    }

    const reference_network& network_;
    std::vector<rounding_site> sites_;
    std::vector<std::array<std::vector<lanes>, 3>> adjoints_;
    std::vector<lanes> total_;  ///< adjoint of the node that is visited
    std::vector<char> active_;
    const reference_pass* values_ = nullptr;
    adjoint_effects found_;
    winograd_adjoint winograd_;
};

}  // namespace soma::perf
