// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A user's own layer: shape rule, kernel, workload and parameters in one small struct.
///
///     struct scale_by_two {
///         static constexpr extents output(extents in) { return in; }
///         static constexpr workload work(extents in) { return {.vector_ops = in.elements()}; }
///         static void run(pixels<const float> in, pixels<float> out) noexcept;
///     };
///     using layer = layers::custom<"double", scale_by_two>;
///
/// `run` may be a template on the element type or an overload set; formats that it does not accept
/// get explicit cast nodes around it. With `static constexpr std::array<custom_parameter, N>
/// parameters(extents in)` the layer has learned tensors `name.<parameter>`, and `run` takes a
/// third argument `const float* const*`. `output` reports a shape it refuses by returning c = 0.

#include <concepts>
#include <cstddef>

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>

namespace soma {

/// What `layers::custom` needs of a type.
template <class T>
concept custom_operator = requires(extents in) {
    { T::output(in) } -> std::same_as<extents>;
    { T::work(in) } -> std::same_as<workload>;
};

}  // namespace soma

namespace soma::layers {

namespace detail {

template <class Operator, class T>
concept runs_plain = requires(pixels<const T> in, pixels<T> out) { Operator::run(in, out); };
template <class Operator, class T>
concept runs_with_parameters = requires(pixels<const T> in, pixels<T> out, const float* const* p) {
    Operator::run(in, out, p);
};

template <class Operator, class T>
concept runs = runs_plain<Operator, T> || runs_with_parameters<Operator, T>;

template <class Operator, class T>
void call_custom(const custom_call& c) noexcept {
    const pixels<const T> in{
        static_cast<const T*>(c.in), c.batch, c.in_shape.h, c.in_shape.w, c.in_shape.c, c.in_pitch};
    const pixels<T> out{static_cast<T*>(c.out), c.batch,       c.out_shape.h,
                        c.out_shape.w,          c.out_shape.c, c.out_pitch};
    if constexpr (runs_with_parameters<Operator, T>) {
        Operator::run(in, out, static_cast<const float* const*>(c.parameters));
    } else {
        Operator::run(in, out);
    }
}

template <class Operator, class T>
[[nodiscard]] consteval auto custom_entry() -> void (*)(const custom_call&) noexcept {
    if constexpr (runs<Operator, T>) {
        return &call_custom<Operator, T>;
    } else {
        return nullptr;
    }
}

template <class Operator>
struct custom_kernel_of {
    static constexpr custom_kernel value = {
        .run = {custom_entry<Operator, float>(), custom_entry<Operator, float16>(),
                custom_entry<Operator, bfloat16>()},
        .supported = {runs<Operator, float>, runs<Operator, float16>, runs<Operator, bfloat16>}};
    static_assert(value.supports(format::f32) || value.supports(format::f16)
                      || value.supports(format::bf16),
                  "custom: run(pixels<const T>, pixels<T>) must accept float, float16 or bfloat16");
};

}  // namespace detail

/// The layer `Name` computed by `Operator`.
template <fixed_string Name, custom_operator Operator>
struct custom {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::custom, detail::only_input(g, inputs, Name.view()));
        const extents in = n.out;
        n.name.leaf = Name.view();
        n.out = Operator::output(in);
        if (n.out.elements() < 1) {
            g.fail(fault::shape, Name.view(), "a shape that output accepts", to_text(in).view());
            n.out = in;
        }
        n.custom = &detail::custom_kernel_of<Operator>::value;
        n.work = Operator::work(in);
        if constexpr (requires { Operator::parameters(in); }) {
            const auto list = Operator::parameters(in);
            static_assert(list.size() <= static_cast<std::size_t>(max_custom_parameters),
                          "custom: at most 4 parameter tensors");
            for (const custom_parameter& p : list) {
                n.custom_parameters[n.custom_parameter_count++] = p;
                n.work.parameters += p.elements;
            }
        }
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
