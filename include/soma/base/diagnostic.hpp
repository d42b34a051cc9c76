// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Compile-time errors as sentences: class templates that are never defined, whose name is the
/// message.
///
/// `require<Reason>` asks for the size of `Reason`; where `Reason` is one of the undefined types
/// below, the first line of the error spells it out with its arguments, on g++ and on clang. A
/// `static_assert` cannot do that in C++20: its text holds no values.

#include <type_traits>

#include <soma/base/fixed_string.hpp>

namespace soma {

/// The arguments of a sentence: which layer, what it needs, what it was given.
template <auto... Path>
struct layer {};
template <auto... Value>
struct expected {};
template <auto... Value>
struct got {};
template <class... T>
struct expected_type {};
template <class... T>
struct got_type {};

template <auto... Name>
struct operators {};

/// The subject of a fault that is no layer.
template <class T>
struct policy {};

/// No fault: the complete type that `require` accepts.
struct no_fault {};

template <class Layer, class Expected, class Got>
struct wrong_input_shape;
template <class Layer, class Expected, class Got>
struct joined_shapes_differ;
template <class Layer, class Expected, class Got>
struct window_exceeds_input;
template <class Layer, class Expected, class Got>
struct wrong_number_of_inputs;
template <class Layer, class Expected, class Got>
struct wrong_layer_argument;
template <class Layer, class Expected, class Got>
struct parameter_name_used_twice;
template <class Layer, class Expected, class Got>
struct more_nodes_than_declared;
template <class Policy, class Expected, class Got>
struct wrong_schedule;
template <class Policy, class Expected, class Got>
struct wrong_precision;
template <class Layer, class Expected, class Got>
struct operator_on_host;
template <class Subject, class Expected, class Got>
struct wrong_tensor_shape;
template <class Subject, class Expected, class Got>
struct weights_of_another_model;
template <class Program, class Expected, class Got>
struct program_of_another_model;
template <class Program, class Expected, class Got>
struct program_name_used_twice;
template <class Program, class Expected, class Got>
struct bucket_of_another_precision;
template <class Program, class Expected, class Got>
struct bucket_of_another_instruction_set;
template <class Program, class Expected, class Got>
struct bucket_size_used_twice;
template <class Layer, class Operators>
struct kernel_not_written;
template <class Model, class Expected, class Got>
struct latency_budget_cannot_be_met;

/// Of programs on modelled cores: which stage, how much it needs, how much there is.
template <int Number>
struct stage;
template <class Layer>
struct begins_at;
template <long long Bytes>
struct needs_bytes;
template <long long Bytes>
struct core_has_bytes;
template <long long Bytes>
struct chip_has_bytes;
template <long long Cores>
struct needs_cores;
template <long long Cores>
struct instance_has_cores;
template <long long Most>
struct at_most;

template <class Stage, class Start, class Needed, class Available>
struct stage_weights_exceed_core_memory;
template <class Needed, class Available>
struct program_exceeds_instance;
template <class Got, class Most>
struct pipeline_has_too_many_cores;
template <class Needed, class Available>
struct program_exceeds_device_memory;

/// Stops compilation unless `Reason` is complete, i.e. `no_fault`.
///
/// The check goes through a template parameter so that g++ prints `Reason` without an alias.
template <class Reason>
struct require {
    static_assert(sizeof(Reason) > 0);
};

/// `Fault` when `Bad`, else `no_fault`.
template <bool Bad, class Fault>
using fault_if = std::conditional_t<Bad, Fault, no_fault>;

}  // namespace soma
