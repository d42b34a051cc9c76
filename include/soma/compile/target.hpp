// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a program is compiled for: this processor, or cores of an instance that is modelled.

#include <string_view>

#include <soma/hardware/instance.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/simd/isa.hpp>

namespace soma {

/// `Instance`'s cores: a program knows what it would do there, and runs here with kernels of `Isa`.
///
/// \tparam Instance an object of static storage duration: one of `hardware/instances.hpp`, or your
/// own
template <const instance& Instance, simd::instruction_set Isa = simd::native>
struct on {
    static constexpr const instance& where = Instance;
    using isa_type = Isa;
};

/// One chip of each generation in the smallest instance that has it.
using inferentia = on<inf1_xlarge>;
using inferentia2 = on<inf2_xlarge>;

namespace detail {

template <class Target>
inline constexpr bool is_instance = false;
template <const instance& Instance, class Isa>
inline constexpr bool is_instance<on<Instance, Isa>> = true;

template <class Target>
struct isa_of {
    using type = Target;
};
template <const instance& Instance, class Isa>
struct isa_of<on<Instance, Isa>> {
    using type = Isa;
};

}  // namespace detail

/// An instruction set, or `on<Instance>`.
template <class T>
concept program_target = simd::instruction_set<T> || detail::is_instance<T>;

/// The kernels of programs for `Target`.
template <program_target Target>
using isa_of_t = typename detail::isa_of<Target>::type;

}  // namespace soma
