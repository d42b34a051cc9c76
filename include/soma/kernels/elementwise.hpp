// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Kernels that treat every element alike: conversion, sum, product, activation.
///
/// Each computes in float and rounds once, at the store. The output may be an input's memory where
/// both have the same format.

#include <cstddef>
#include <limits>

#include <soma/base/unroll.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/activation.hpp>
#include <soma/kernels/activation_kind.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/vec.hpp>

namespace soma::kernels {

namespace detail {

/// `out[i] = value(access, i)` for runs of lanes that start at `i`.
template <class Isa, class Out, class Value>
SOMA_ALWAYS_INLINE void for_each_register(Out* out, std::size_t n, Value value) noexcept {
    constexpr std::size_t lanes = Isa::lanes;
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        constexpr whole_access<Isa> access;
        access.store(value(access, i), out + i);
    }
    if (i < n) {
        const partial_access<Isa> access{static_cast<int>(n - i)};
        access.store(value(access, i), out + i);
    }
}

/// `out[i] = kind(value(access, i))`.
template <class Isa, class Out, class Value>
SOMA_ALWAYS_INLINE void for_each_activated(Out* out,
                                           std::size_t n,
                                           activation kind,
                                           activation_parameters parameters,
                                           activation_function post,
                                           Value value) noexcept {
    using vec = simd::vec<Isa>;
    if (is_register_activation(kind)) {
        // One loop for all three: limits at infinity change nothing, and memory is the bottleneck.
        constexpr float infinity = std::numeric_limits<float>::infinity();
        const bool clips = kind == activation::clip;
        const vec low(clips ? parameters.a : kind == activation::relu ? 0.0F : -infinity);
        const vec high(clips ? parameters.b : infinity);
        for_each_register<Isa>(out, n, [&](auto access, std::size_t i) {
            return min(high, max(low, value(access, i)));
        });
        return;
    }
    constexpr std::size_t block = 128;
    alignas(64) float buffer[block];
    for (std::size_t first = 0; first < n; first += block) {
        const std::size_t count = n - first < block ? n - first : block;
        for_each_register<Isa>(
            buffer, count, [&](auto access, std::size_t i) { return value(access, first + i); });
        post(buffer, static_cast<int>(count), parameters);
        for_each_register<Isa>(out + first, count,
                               [&](auto access, std::size_t i) { return access.load(buffer + i); });
    }
}

}  // namespace detail

/// `out[i] = in[i]`, rounded to `Out`.
template <class Isa, class In, class Out>
void cast(const In* in, Out* out, std::size_t n) noexcept {
    detail::for_each_register<Isa>(out, n,
                                   [&](auto access, std::size_t i) { return access.load(in + i); });
}

/// `out[i] = kind(a[i] + b[i])`. \pre `post` is set where `kind` is no register activation.
template <class Isa, class A, class B, class Out>
void add(const A* a,
         const B* b,
         Out* out,
         std::size_t n,
         activation kind = activation::none,
         activation_parameters parameters = {},
         activation_function post = nullptr) noexcept {
    detail::for_each_activated<Isa>(
        out, n, kind, parameters, post,
        [&](auto access, std::size_t i) { return access.load(a + i) + access.load(b + i); });
}

/// `out[i] = kind(a[i] * b[i])`. \pre `post` is set where `kind` is no register activation.
template <class Isa, class A, class B, class Out>
void multiply(const A* a,
              const B* b,
              Out* out,
              std::size_t n,
              activation kind = activation::none,
              activation_parameters parameters = {},
              activation_function post = nullptr) noexcept {
    detail::for_each_activated<Isa>(
        out, n, kind, parameters, post,
        [&](auto access, std::size_t i) { return access.load(a + i) * access.load(b + i); });
}

/// `out[i] = Kind(in[i])`.
template <class Isa, activation Kind, class In, class Out>
void activate(const In* in,
              Out* out,
              std::size_t n,
              activation_parameters parameters = {}) noexcept {
    detail::for_each_register<Isa>(out, n, [&](auto access, std::size_t i) {
        return activated<Kind>(access.load(in + i), parameters);
    });
}

}  // namespace soma::kernels
