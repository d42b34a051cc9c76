// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The operators of a program that can be planned but not run, and the error that names them.

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <soma/compile/kernel_key.hpp>
#include <soma/compile/lowered.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/layers/fault.hpp>

namespace soma {

/// Kinds of nodes without a kernel, each once.
struct kind_list {
    op kinds[static_cast<std::size_t>(op_count)] = {};
    int count = 0;
};

/// Those of `Program` in execution order; none for a program that an executor takes.
template <class Program>
inline constexpr kind_list unwritten_kernels = [] {
    kind_list list;
    for (const plan_node& n : Program::nodes) {
        bool known = has_kernel(n.kind);
        for (int i = 0; i < list.count; ++i) {
            known = known || list.kinds[i] == n.kind;
        }
        if (!known) {
            list.kinds[list.count++] = n.kind;
        }
    }
    return list;
}();

namespace detail {

/// The path of the first node without a kernel; of a nameless one, of the scope it stands in.
template <class Program>
inline constexpr diagnostic first_unwritten = [] {
    diagnostic found;
    for (const plan_node& n : Program::nodes) {
        if (has_kernel(n.kind)) {
            continue;
        }
        lowered<typename Program::model_type>::names.spell(
            n.name, [&](std::string_view piece) { found.layer.append(piece); });
        if (found.layer.size == 0) {
            found.layer.append(name(n.kind));
        }
        return found;
    }
    return found;
}();

template <class Program, int Index>
[[nodiscard]] consteval auto unwritten_name() {
    constexpr std::string_view spelled = name(unwritten_kernels<Program>.kinds[Index]);
    return exactly<spelled.size()>(spelled);
}

template <class Program>
[[nodiscard]] consteval auto reason_not_to_run() {
    if constexpr (unwritten_kernels<Program>.count == 0) {
        return std::type_identity<no_fault>{};
    } else {
        using where = decltype(spell<layer, first_unwritten<Program>, &diagnostic::layer>());
        return []<int... Index>(std::integer_sequence<int, Index...>) {
            return std::type_identity<
                kernel_not_written<where, operators<unwritten_name<Program, Index>()...>>>{};
        }(std::make_integer_sequence<int, unwritten_kernels<Program>.count>{});
    }
}

/// Stops compilation with one sentence when `Program` has operators without kernels.
template <class Program>
struct require_kernels : require<typename decltype(reason_not_to_run<Program>())::type> {};

}  // namespace detail

}  // namespace soma
