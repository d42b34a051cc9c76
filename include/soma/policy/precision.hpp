// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Precision policies: which numeric format each role of a model's data has.
///
/// | policy           | activations | matmul operands | accumulators | result |
/// |------------------|-------------|-----------------|--------------|--------|
/// | `fp32`           | fp32        | fp32            | fp32         | fp32   |
/// | `fp16`           | fp16        | fp16            | fp32         | fp16   |
/// | `bf16`           | bf16        | bf16            | fp32         | bf16   |
/// | `matmul_cast<F>` | fp32        | F               | fp32         | fp32   |
/// | `auto_cast<F>`   | F           | F               | fp32         | fp32   |
///
/// `fp16` and `bf16` describe a model that was converted as a whole: even its result is rounded.
/// `matmul_cast` and `auto_cast` describe an FP32 model whose compiler casts: only operands of
/// convolutions and matrix products (Neuron: `--auto-cast matmult`), or everything between its
/// FP32 edges (Neuron: `--auto-cast all`).

#include <concepts>
#include <string_view>
#include <type_traits>

#include <soma/base/diagnostic.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>
#include <soma/numeric/format.hpp>

namespace soma {

/// An empty type that names a numeric format for each role data plays.
///
/// Any type with these members models it: a program brings its own policy without specialising
/// anything in this library.
template <class T>
concept precision_policy = std::is_empty_v<T> && requires {
    requires numeric_format<typename T::storage_type>;
    requires numeric_format<typename T::compute_type>;
    requires std::same_as<typename T::accumulate_type, float>;
    requires numeric_format<typename T::result_type>;
    { T::name } -> std::convertible_to<std::string_view>;
};

/// Activations are kept as `Storage`, multipliers read `Compute`, the model returns `Result`.
///
/// Accumulators are FP32 in every policy, as in the hardware that is modelled. Derive and add a
/// `name` to make a policy.
template <numeric_format Storage, numeric_format Compute = Storage, numeric_format Result = Storage>
struct precision {
    using storage_type = Storage;
    using compute_type = Compute;
    using accumulate_type = float;
    using result_type = Result;
};

struct fp32 : precision<float> {
    static constexpr std::string_view name = "fp32";
};
struct fp16 : precision<float16> {
    static constexpr std::string_view name = "fp16";
};
struct bf16 : precision<bfloat16> {
    static constexpr std::string_view name = "bf16";
};

namespace detail {

/// The format that a cast policy names, refused where a cast to it would change nothing.
template <class Policy, class F>
struct cast_target
    : require<fault_if<!precision_policy<F>,
                       wrong_precision<policy<Policy>, expected_type<fp16, bf16>, got_type<F>>>> {
    using type = float;
};
template <class Policy, precision_policy F>
struct cast_target<Policy, F>
    : require<fault_if<std::same_as<typename F::compute_type, float>,
                       wrong_precision<policy<Policy>, expected_type<fp16, bf16>, got_type<F>>>> {
    using type = typename F::compute_type;
};

}  // namespace detail

/// FP32 everywhere except in the operands of convolutions and matrix products.
template <class F>
struct matmul_cast : precision<float, typename detail::cast_target<matmul_cast<F>, F>::type> {
    static constexpr std::string_view name =
        std::same_as<typename matmul_cast::compute_type, bfloat16> ? "matmul_cast<bf16>"
                                                                   : "matmul_cast<fp16>";
};

/// `F` everywhere between FP32 edges: weights and inputs are rounded, the result is not.
template <class F>
struct auto_cast : precision<typename detail::cast_target<auto_cast<F>, F>::type,
                             typename detail::cast_target<auto_cast<F>, F>::type,
                             float> {
    static constexpr std::string_view name =
        std::same_as<typename auto_cast::compute_type, bfloat16> ? "auto_cast<bf16>"
                                                                 : "auto_cast<fp16>";
};

static_assert(precision_policy<fp32> && precision_policy<fp16> && precision_policy<bf16>);

}  // namespace soma
