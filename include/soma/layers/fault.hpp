// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A mistake in a model as a value, and the type whose name tells the user about it.

#include <cstdint>
#include <type_traits>

#include <soma/base/diagnostic.hpp>
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

/// The first fault that lowering met: lowering goes on with whatever shape it has and keeps no other.
struct diagnostic {
    fault what = fault::none;
    text<120> layer, expected, got;
};

/// The undefined type that spells `Diagnostic`, or `no_fault`.
///
/// \tparam Diagnostic an object of static storage duration that is no subobject.
template <const diagnostic& Diagnostic>
consteval auto reason_of() {
    if constexpr (Diagnostic.what == fault::none) {
        return std::type_identity<no_fault>{};
    } else {
        using where = layer<exactly<Diagnostic.layer.size>(Diagnostic.layer.view())>;
        using wanted = expected<exactly<Diagnostic.expected.size>(Diagnostic.expected.view())>;
        using given = got<exactly<Diagnostic.got.size>(Diagnostic.got.view())>;
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
