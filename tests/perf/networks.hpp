// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Small models with random parameters, between them every kind of layer.

#include <cmath>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include <soma/soma.hpp>

namespace soma::test {

struct every_layer
    : model<input<float, 3, 8, 8>,
            layers::conv2d<"stem", 6, 3, padding<1>, with_bias>,
            layers::batch_norm<"stem_norm">,
            layers::relu,
            layers::residual<
                layers::sequential<layers::conv2d<"grouped", 6, 3, padding<1>, groups<2>>,
                                   layers::batch_norm<"grouped_norm">,
                                   layers::silu,
                                   layers::conv2d<"pointwise", 6, 1>>>,
            layers::relu,
            layers::max_pool<2>,
            layers::concat<layers::conv2d<"dilated", 4, 3, padding<2>, dilation<2>>,
                           layers::average_pool<3, stride<1>, padding<1>, exclude_padding>>,
            layers::batch_norm<"joined_norm">,
            layers::tanh,
            layers::conv2d<"depthwise", 10, 3, groups<10>, stride<2>, padding<1>>,
            layers::hard_swish,
            layers::flatten,
            layers::linear<"hidden", 12>,
            layers::gelu,
            layers::linear<"last", 5>,
            layers::log_softmax> {};

struct branches : model<input<float, 2, 5, 5>,
                        layers::sum<layers::conv2d<"left", 7, 3>,
                                    layers::sequential<layers::conv2d<"right", 7, 3>,
                                                       layers::leaky_relu<std::ratio<1, 8>>>,
                                    layers::sequential<layers::average_pool<3, stride<1>>,
                                                       layers::conv2d<"mean", 7, 1>>>,
                        layers::global_average_pool,
                        layers::linear<"last", 9>,
                        layers::softmax> {};

/// Layers that take whole numbers to multiples of 1/32: FP32 computes them without a rounding.
struct whole_numbers
    : model<input<float, 3, 9, 8>,
            layers::conv2d<"strided", 4, 3, stride<2, 1>, padding<1>, with_bias>,
            layers::leaky_relu<std::ratio<1, 8>>,
            layers::residual<layers::conv2d<"grouped", 4, 1, groups<2>>>,
            layers::clip<std::ratio<-20>, std::ratio<50>>,
            layers::concat<
                layers::sequential<layers::conv2d<"dilated", 3, 3, padding<2>, dilation<2>>,
                                   layers::max_pool<3, stride<2>, padding<1>>>,
                layers::average_pool<2, kernel_size<1, 2>, stride<2>>>,
            layers::relu,
            layers::sum<layers::conv2d<"depthwise", 7, 3, groups<7>, padding<1>>, layers::relu>,
            layers::flatten,
            layers::linear<"last", 5>> {};

/// A chain of ReLUs wide enough to have units near their kinks.
struct deep_relu : model<input<float, 1, 6, 6>,
                         layers::conv2d<"c1", 8, 3, padding<1>>,
                         layers::batch_norm<"n1">,
                         layers::relu,
                         layers::residual<layers::sequential<layers::conv2d<"c2", 8, 3, padding<1>>,
                                                             layers::batch_norm<"n2">,
                                                             layers::relu,
                                                             layers::conv2d<"c3", 8, 3, padding<1>>,
                                                             layers::batch_norm<"n3">>>,
                         layers::relu,
                         layers::conv2d<"c4", 16, 3, stride<2>>,
                         layers::relu,
                         layers::global_average_pool,
                         layers::linear<"fc", 10>> {};

/// Numbers in [low, high), the same for the same engine.
inline float between(std::mt19937& engine, double low, double high) {
    return static_cast<float>(low + (high - low) * static_cast<double>(engine()) * 0x1p-32);
}

/// Parameters that keep the variance of activations about one.
template <model_type Model>
parameters<Model> random_parameters(unsigned seed) {
    std::mt19937 engine(seed);
    parameters<Model> values;
    for (const parameter_spec& spec : parameter_table<Model>::specs) {
        const bool is_matrix = spec.rank > 1;
        const double terms = static_cast<double>(spec.elements) / spec.dims[0];
        const double limit = std::sqrt(6 / terms);
        for (float& value : values.of(spec)) {
            value = is_matrix                                  ? between(engine, -limit, limit)
                    : spec.role == parameter_role::weight      ? between(engine, 0.5, 1.5)
                    : spec.role == parameter_role::running_var ? between(engine, 0.5, 2)
                                                               : between(engine, -0.5, 0.5);
        }
    }
    return values;
}

template <model_type Model>
std::vector<float> random_samples(std::size_t count, unsigned seed) {
    std::mt19937 engine(seed);
    std::vector<float> samples(count * Model::input_shape::size);
    for (float& value : samples) {
        value = between(engine, -1, 1);
    }
    return samples;
}

/// A derivative by central differences, and how far it can be from the truth.
struct difference_quotient {
    double value = 0, doubt = 0;

    /// Differentiates `f` at 0. Halving the step divides the truncation error by four, so the
    /// change that this makes is three times what is left; it is taken whole. `roundoff` is a bound
    /// on the error of `f` itself.
    template <class Function>
    static difference_quotient of(Function f, double step, double roundoff) {
        const double wide = (f(step) - f(-step)) / (2 * step);
        const double narrow = (f(step / 2) - f(-step / 2)) / step;
        return {narrow, std::abs(wide - narrow) + 3 * roundoff / step};
    }
};

}  // namespace soma::test
