// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a model computes, by its graph as written: every node in double with plain loops, and
/// beside each value a bound on the error that a program of a given precision may make.
///
/// Nothing of the library's compilation is used: no fusion, no folding, no kernels, no plan. The
/// bound follows each node's definition: errors of its inputs carried through, gamma_n for a sum of
/// n terms in FP32, one rounding to storage. Roundings that fusion saves are counted all the same.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/kernels/reference/activation.hpp>
#include <soma/policy/precision.hpp>
#include <soma/runtime/weights/parameters.hpp>

#include "support/bounds.hpp"

namespace soma::test {

/// Values of one activation for one sample, channels first, each with the bound on its error.
struct field {
    extents shape;
    std::vector<double> value, error;
    int terms = 1;  ///< of the sum that made each value

    explicit field(extents e = {1, 1, 1})
        : shape(e),
          value(static_cast<std::size_t>(e.elements())),
          error(static_cast<std::size_t>(e.elements())) {}

    [[nodiscard]] std::size_t at(int c, int y, int x) const {
        return (static_cast<std::size_t>(c) * static_cast<std::size_t>(shape.h)
                + static_cast<std::size_t>(y))
                   * static_cast<std::size_t>(shape.w)
               + static_cast<std::size_t>(x);
    }
};

/// The tensor of a custom layer with this name.
using parameter_lookup = std::function<std::span<float>(std::string_view)>;

/// A custom layer's definition: from its input to its output, errors included.
using custom_definition =
    std::function<field(std::string_view name, const field&, extents out, const parameter_lookup&)>;

inline constexpr double f32_unit = 0x1p-24;
inline constexpr double smallest = 0x1p-126;

/// The largest factor by which an activation stretches a difference.
[[nodiscard]] inline double slope(kernels::activation kind, kernels::activation_parameters p) {
    using kernels::activation;
    switch (kind) {
        case activation::none:
        case activation::relu:
        case activation::clip:
        case activation::tanh: return 1;
        case activation::leaky_relu:
        case activation::elu: return std::max(1.0, std::abs(static_cast<double>(p.a)));
        case activation::sigmoid: return 0.25;
        case activation::silu: return 1.1;
        case activation::gelu:
        case activation::gelu_tanh: return 1.13;
        case activation::hard_sigmoid: return 1.0 / 6;
        case activation::hard_swish: return 1.5;
    }
    return 0;
}

/// Evaluates the raw graph of `Model` for programs of `Precision`.
template <model_type Model, precision_policy Precision>
class raw_evaluation {
public:
    raw_evaluation(parameters<Model>& values, custom_definition custom = {})
        : values_(values), custom_(std::move(custom)) {}

    /// The model's output for one sample of its input.
    [[nodiscard]] field operator()(std::span<const float> sample) {
        const auto& graph = Model::raw;
        std::vector<field> done;
        for (int i = 0; i < graph.size; ++i) {
            const node& n = graph.at(i);
            if (n.kind == op::input) {
                field f(n.out);
                std::copy(sample.begin(), sample.end(), f.value.begin());
                done.push_back(store(std::move(f), storage == format::f32 ? storage : compute));
                continue;
            }
            std::vector<const field*> in;
            for (int k = 0; k < n.inputs.count; ++k) {
                in.push_back(&done[static_cast<std::size_t>(n.inputs[k])]);
            }
            field f = evaluate(n, in);
            const bool moves = n.kind == op::flatten || n.kind == op::concat;
            done.push_back(moves ? std::move(f)
                                 : store(std::move(f), n.kind == op::output ? result : storage));
        }
        return done.back();
    }

private:
    static constexpr format storage = format_of<typename Precision::storage_type>;
    static constexpr format compute = format_of<typename Precision::compute_type>;
    static constexpr format result = format_of<typename Precision::result_type>;

    static field store(field f, format as) {
        for (std::size_t i = 0; i < f.value.size(); ++i) {
            if (as != format::f32) {
                f.error[i] += rounding_bound(std::abs(f.value[i]) + f.error[i], as);
            }
        }
        return f;
    }

    [[nodiscard]] std::span<float> parameter(const node_name& name, std::string_view last) {
        text<120> path;
        Model::raw.append_path(path, name.scope, name.leaf);
        return values_[std::string(path.view()).append(".").append(last)];
    }

    [[nodiscard]] field evaluate(const node& n, const std::vector<const field*>& in) {
        switch (n.kind) {
            case op::conv2d: return convolution(n, *in[0]);
            case op::linear: return matrix_product(n, *in[0]);
            case op::batch_norm: return normalisation(n, *in[0]);
            case op::activation: return activation(n, *in[0]);
            case op::add: return addition(*in[0], *in[1]);
            case op::max_pool: return max_pool(n, *in[0]);
            case op::average_pool: return average_pool(n, *in[0]);
            case op::global_average_pool: return global_average_pool(*in[0]);
            case op::softmax:
            case op::log_softmax: return softmax(n, *in[0]);
            case op::concat: return concatenation(n, in);
            case op::custom:
                return custom_(n.name.leaf, *in[0], n.out,
                               [&](std::string_view last) { return parameter(n.name, last); });
            case op::flatten:
            case op::output: {
                field f = *in[0];
                f.shape = n.out;
                return f;
            }
            default: break;
        }
        throw std::logic_error("raw graphs have no such node");
    }

    /// A sum of products as it grows.
    struct dot {
        double value = 0, error = 0, magnitude = 0;
        int terms = 0;

        void add(double weight, double x, double x_error) {
            if (compute != storage) {
                x_error += rounding_bound(std::abs(x) + x_error, compute);
            }
            const double w = std::abs(weight);
            const double w_error =
                f32_unit * w + (compute == format::f32 ? 0 : rounding_bound(w, compute));
            value += weight * x;
            error += (w + w_error) * x_error + w_error * std::abs(x);
            magnitude += (w + w_error) * (std::abs(x) + x_error);
            ++terms;
        }
        /// One rounding per product and sum, and those of the bias.
        [[nodiscard]] double bound() const {
            return error + gamma(terms + 4) * magnitude + (terms + 4) * smallest;
        }
    };

    [[nodiscard]] field convolution(const node& n, const field& in) {
        const auto weights = parameter(n.name, "weight");
        const auto bias = n.bias ? parameter(n.name, "bias") : std::span<float>{};
        field out(n.out);
        const int group_in = in.shape.c / n.groups, group_out = n.out.c / n.groups;
        for (int o = 0; o < n.out.c; ++o) {
            for (int y = 0; y < n.out.h; ++y) {
                for (int x = 0; x < n.out.w; ++x) {
                    dot sum;
                    for (int c = 0; c < group_in; ++c) {
                        for (int ky = 0; ky < n.win.kernel_h; ++ky) {
                            for (int kx = 0; kx < n.win.kernel_w; ++kx) {
                                const int iy =
                                    y * n.win.stride_h - n.win.pad_h + ky * n.win.dilation_h;
                                const int ix =
                                    x * n.win.stride_w - n.win.pad_w + kx * n.win.dilation_w;
                                if (iy < 0 || iy >= in.shape.h || ix < 0 || ix >= in.shape.w) {
                                    continue;
                                }
                                const auto from = in.at(o / group_out * group_in + c, iy, ix);
                                const int tap =
                                    ((o * group_in + c) * n.win.kernel_h + ky) * n.win.kernel_w
                                    + kx;
                                sum.add(static_cast<double>(weights[static_cast<std::size_t>(tap)]),
                                        in.value[from], in.error[from]);
                            }
                        }
                    }
                    if (n.bias) {
                        const auto b = static_cast<double>(bias[static_cast<std::size_t>(o)]);
                        sum.value += b;
                        sum.magnitude += std::abs(b);
                    }
                    out.value[out.at(o, y, x)] = sum.value;
                    out.error[out.at(o, y, x)] = sum.bound();
                    out.terms = std::max(out.terms, sum.terms);
                }
            }
        }
        return out;
    }

    [[nodiscard]] field matrix_product(const node& n, const field& in) {
        const auto weights = parameter(n.name, "weight");
        const auto bias = n.bias ? parameter(n.name, "bias") : std::span<float>{};
        field out(n.out);
        const auto tokens = static_cast<std::size_t>(n.out.h) * static_cast<std::size_t>(n.out.w);
        const std::size_t inputs = in.value.size() / tokens;
        for (std::size_t i = 0; i < out.value.size(); ++i) {
            const std::size_t o = i / tokens, token = i % tokens;
            dot sum;
            for (std::size_t k = 0; k < inputs; ++k) {
                sum.add(static_cast<double>(weights[o * inputs + k]), in.value[k * tokens + token],
                        in.error[k * tokens + token]);
            }
            if (n.bias) {
                sum.value += static_cast<double>(bias[o]);
                sum.magnitude += std::abs(static_cast<double>(bias[o]));
            }
            out.value[i] = sum.value;
            out.error[i] = sum.bound();
            out.terms = sum.terms;
        }
        return out;
    }

    /// `weight * (x - mean) / sqrt(var + eps) + bias`; whether it is folded or a node of its own,
    /// the products with the scale and the sum with the shift are rounded.
    [[nodiscard]] field normalisation(const node& n, field f) {
        const auto weight = parameter(n.norm, "weight"), bias = parameter(n.norm, "bias");
        const auto mean = parameter(n.norm, "running_mean"), var = parameter(n.norm, "running_var");
        const std::size_t pixels = f.value.size() / static_cast<std::size_t>(f.shape.c);
        for (std::size_t i = 0; i < f.value.size(); ++i) {
            const std::size_t c = i / pixels;
            const double scale =
                static_cast<double>(weight[c]) / std::sqrt(static_cast<double>(var[c]) + n.epsilon);
            const double m = static_cast<double>(mean[c]), b = static_cast<double>(bias[c]);
            const double magnitude =
                std::abs(scale) * (std::abs(f.value[i]) + f.error[i] + std::abs(m)) + std::abs(b);
            f.value[i] = (f.value[i] - m) * scale + b;
            f.error[i] = std::abs(scale) * f.error[i] + gamma(f.terms + 8) * magnitude + smallest;
        }
        return f;
    }

    /// Kernels of activations are within 16 roundings of results as large as x and f(x).
    [[nodiscard]] static field activation(const node& n, field f) {
        for (std::size_t i = 0; i < f.value.size(); ++i) {
            const double x = f.value[i];
            f.value[i] = kernels::reference::activate(n.act, x, n.act_parameters);
            f.error[i] = slope(n.act, n.act_parameters) * f.error[i]
                         + gamma(16) * (std::abs(x) + std::abs(f.value[i])) + smallest;
        }
        return f;
    }

    [[nodiscard]] static field addition(field a, const field& b) {
        for (std::size_t i = 0; i < a.value.size(); ++i) {
            a.value[i] += b.value[i];
            a.error[i] += b.error[i];
            a.error[i] += f32_unit * (std::abs(a.value[i]) + a.error[i]) + smallest;
        }
        return a;
    }

    /// Calls `use(position)` for every pixel of the window of output pixel (y, x) in the image.
    template <class Use>
    static void for_window(const node& n, const field& in, int c, int y, int x, Use use) {
        for (int ky = 0; ky < n.win.kernel_h; ++ky) {
            for (int kx = 0; kx < n.win.kernel_w; ++kx) {
                const int iy = y * n.win.stride_h - n.win.pad_h + ky;
                const int ix = x * n.win.stride_w - n.win.pad_w + kx;
                if (iy >= 0 && iy < in.shape.h && ix >= 0 && ix < in.shape.w) {
                    use(in.at(c, iy, ix));
                }
            }
        }
    }
    template <class Use>
    static void for_pixels(const extents& e, Use use) {
        for (int c = 0; c < e.c; ++c) {
            for (int y = 0; y < e.h; ++y) {
                for (int x = 0; x < e.w; ++x) {
                    use(c, y, x);
                }
            }
        }
    }

    [[nodiscard]] static field max_pool(const node& n, const field& in) {
        field out(n.out);
        for_pixels(n.out, [&](int c, int y, int x) {
            double& value = out.value[out.at(c, y, x)] = -INFINITY;
            double& error = out.error[out.at(c, y, x)];
            for_window(n, in, c, y, x, [&](std::size_t from) {
                value = std::max(value, in.value[from]);
                error = std::max(error, in.error[from]);
            });
        });
        return out;
    }

    [[nodiscard]] static field average_pool(const node& n, const field& in) {
        field out(n.out);
        for_pixels(n.out, [&](int c, int y, int x) {
            double sum = 0, error = 0, magnitude = 0;
            int count = 0;
            for_window(n, in, c, y, x, [&](std::size_t from) {
                sum += in.value[from];
                error += in.error[from];
                magnitude += std::abs(in.value[from]) + in.error[from];
                ++count;
            });
            const int divisor = n.count_include_pad ? n.win.kernel_h * n.win.kernel_w : count;
            out.value[out.at(c, y, x)] = sum / divisor;
            out.error[out.at(c, y, x)] =
                (error + gamma(count + 3) * magnitude) / divisor + smallest;
        });
        return out;
    }

    [[nodiscard]] static field global_average_pool(const field& in) {
        node whole;
        whole.out = {in.shape.c, 1, 1};
        whole.win.kernel_h = in.shape.h;
        whole.win.kernel_w = in.shape.w;
        return average_pool(whole, in);
    }

    [[nodiscard]] static field softmax(const node& n, const field& in) {
        field out(n.out);
        const int roundings = in.shape.c + 32;
        for (int y = 0; y < in.shape.h; ++y) {
            for (int x = 0; x < in.shape.w; ++x) {
                double largest = -INFINITY, error = 0, sum = 0, magnitude = 0;
                for (int c = 0; c < in.shape.c; ++c) {
                    largest = std::max(largest, in.value[in.at(c, y, x)]);
                    error = std::max(error, in.error[in.at(c, y, x)]);
                    magnitude = std::max(magnitude, std::abs(in.value[in.at(c, y, x)]));
                }
                for (int c = 0; c < in.shape.c; ++c) {
                    sum += std::exp(in.value[in.at(c, y, x)] - largest);
                }
                for (int c = 0; c < in.shape.c; ++c) {
                    const std::size_t i = in.at(c, y, x);
                    const double shifted = in.value[i] - largest;
                    // The argument of exp is a rounded difference; the rest are relative errors.
                    const double relative =
                        std::expm1(2 * error + 4 * f32_unit * (magnitude + error))
                        + gamma(roundings);
                    if (n.kind == op::softmax) {
                        out.value[i] = std::exp(shifted) / sum;
                        out.error[i] = out.value[i] * relative + roundings * smallest;
                    } else {
                        out.value[i] = shifted - std::log(sum);
                        out.error[i] =
                            2 * error
                            + gamma(roundings) * (2 * magnitude + 2 * error + std::log(sum) + 1);
                    }
                }
            }
        }
        return out;
    }

    [[nodiscard]] static field concatenation(const node& n, const std::vector<const field*>& in) {
        field out(n.out);
        out.value.clear();
        out.error.clear();
        for (const field* part : in) {
            out.value.insert(out.value.end(), part->value.begin(), part->value.end());
            out.error.insert(out.error.end(), part->error.begin(), part->error.end());
        }
        return out;
    }

    parameters<Model>& values_;
    custom_definition custom_;
};

/// Whether parameters and inputs cancel.
enum class signs : bool {
    mixed,     ///< as in a trained network; worst-case bounds grow with every sum
    positive,  ///< nothing cancels, so that a bound stays near the sum of its roundings
};

/// Parameters that keep activations of the order of one; the same for the same seed.
template <model_type Model>
[[nodiscard]] parameters<Model> random_parameters(unsigned seed, signs of = signs::mixed) {
    std::mt19937 engine(seed);
    const auto between = [&](float low, float high) {
        return low + (high - low) * (static_cast<float>(engine() >> 8) * 0x1p-24F);
    };
    parameters<Model> values;
    for (const parameter_spec& spec : parameters<Model>::table::specs) {
        const auto fan_in = static_cast<float>(spec.elements) / static_cast<float>(spec.dims[0]);
        for (float& v : values.of(spec)) {
            if (spec.role == parameter_role::running_var) {
                v = between(0.5F, 2.0F);
            } else if (spec.role == parameter_role::weight && spec.rank == 1) {
                v = between(0.5F, 1.5F);
            } else if (of == signs::positive) {
                const float scale = spec.role == parameter_role::running_mean ? 0.1F
                                    : spec.rank > 1                           ? 2 / fan_in
                                                                              : 0.5F;
                v = between(0.2F * scale, scale);
            } else {
                const float limit = spec.rank > 1 ? 1.7F / std::sqrt(fan_in) : 0.5F;
                v = between(-limit, limit);
            }
        }
    }
    return values;
}

}  // namespace soma::test
