// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A mistake in a model as a value, and the type whose name tells the user about it.

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <soma/base/diagnostic.hpp>
#include <soma/base/math.hpp>
#include <soma/base/text.hpp>

namespace soma {

/// What is wrong with a model.
enum class fault : std::uint8_t {
    none,
    shape,     ///< a layer cannot take the shape it is given
    join,      ///< the inputs of a sum or concatenation do not agree
    window,    ///< a kernel window is larger than the padded input
    inputs,    ///< a layer is given more or fewer inputs than it takes
    argument,  ///< a template argument of a layer makes no sense
    name,      ///< two layers would read the same tensor of a weights file
    capacity,  ///< a layer adds more nodes than its max_nodes says
};

/// The first fault that lowering met: lowering goes on with whatever shape it has and keeps no
/// other.
struct diagnostic {
    fault what = fault::none;
    text<120> layer, expected, got;
};

namespace detail {

/// clang cuts a character array in an error after some 38 characters, so longer texts come in
/// parts.
inline constexpr std::size_t part_size = 36;

template <const diagnostic& Diagnostic, text<120> diagnostic::* Member>
inline constexpr std::size_t parts =
    (Diagnostic.*Member).size == 0 ? 1 : ceil_div((Diagnostic.*Member).size, part_size);

template <const diagnostic& Diagnostic, text<120> diagnostic::* Member, std::size_t Part>
[[nodiscard]] consteval auto part() {
    constexpr std::size_t left = (Diagnostic.*Member).size - Part * part_size;
    constexpr std::size_t size = left < part_size ? left : part_size;
    return exactly<size>((Diagnostic.*Member).view().substr(Part * part_size, size));
}

template <template <auto...> class Word,
          const diagnostic& Diagnostic,
          text<120> diagnostic::* Member>
[[nodiscard]] consteval auto spell() {
    return []<std::size_t... Part>(std::index_sequence<Part...>) {
        return Word<part<Diagnostic, Member, Part>()...>{};
    }(std::make_index_sequence<parts<Diagnostic, Member>>{});
}

}  // namespace detail

/// The undefined type that spells `Diagnostic`, or `no_fault`.
///
/// \tparam Diagnostic an object of static storage duration that is no subobject.
template <const diagnostic& Diagnostic>
consteval auto reason_of() {
    if constexpr (Diagnostic.what == fault::none) {
        return std::type_identity<no_fault>{};
    } else {
        using where = decltype(detail::spell<layer, Diagnostic, &diagnostic::layer>());
        using wanted = decltype(detail::spell<expected, Diagnostic, &diagnostic::expected>());
        using given = decltype(detail::spell<got, Diagnostic, &diagnostic::got>());
        if constexpr (Diagnostic.what == fault::shape) {
            return std::type_identity<wrong_input_shape<where, wanted, given>>{};
        } else if constexpr (Diagnostic.what == fault::join) {
            return std::type_identity<joined_shapes_differ<where, wanted, given>>{};
        } else if constexpr (Diagnostic.what == fault::window) {
            return std::type_identity<window_exceeds_input<where, wanted, given>>{};
        } else if constexpr (Diagnostic.what == fault::inputs) {
            return std::type_identity<wrong_number_of_inputs<where, wanted, given>>{};
        } else if constexpr (Diagnostic.what == fault::argument) {
            return std::type_identity<wrong_layer_argument<where, wanted, given>>{};
        } else if constexpr (Diagnostic.what == fault::name) {
            return std::type_identity<parameter_name_used_twice<where, wanted, given>>{};
        } else {
            return std::type_identity<more_nodes_than_declared<where, wanted, given>>{};
        }
    }
}

/// Stops compilation with one sentence when `Diagnostic` holds a fault.
template <const diagnostic& Diagnostic>
struct require_sound : require<typename decltype(reason_of<Diagnostic>())::type> {};

}  // namespace soma
