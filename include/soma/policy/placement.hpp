// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Placement policies: what may run on the host. They are parts of a `schedule<...>`.
///
/// | policy                 | meaning                                                            |
/// |------------------------|--------------------------------------------------------------------|
/// | `require_all_on_core`  | a program with an operator on the host does not compile            |
/// | `on_host<"layer"...>`  | these layers, or all within these scopes, run on the host          |
/// | `min_segment<N>`       | fewer than N neighbouring operators on a core join the host's      |

#include <string_view>

#include <soma/base/diagnostic.hpp>
#include <soma/policy/schedule.hpp>

namespace soma {

namespace axes {
struct host_fallback;
struct host_layers;
struct segments;
}  // namespace axes

namespace detail {

/// Says nothing about how many samples or copies there are.
struct placement_policy {
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
};

}  // namespace detail

/// No silent fallback: whatever would run on the host is an error that names it.
struct require_all_on_core : detail::placement_policy {
    using axis = axes::host_fallback;
    static constexpr bool all_on_core = true;
};

/// `Path` is a layer's name or that of a scope, as parameters are named: `layer1.0.conv1`,
/// `layer1`.
template <fixed_string... Path>
struct on_host : detail::placement_policy {
    using axis = axes::host_layers;
    static constexpr int host_path_count = static_cast<int>(sizeof...(Path));
    /// One more than there are: an array has at least one element.
    static constexpr std::string_view host_paths[sizeof...(Path) + 1] = {Path.view()...};
};

/// The fewest computing operators that make a subgraph on a core; 1 takes every one.
template <int Operators>
struct min_segment : detail::placement_policy {
    using axis = axes::segments;
    static constexpr int least_segment = detail::valid_count<min_segment, Operators>::value;
};

namespace detail {

/// The policies of a schedule one by one: those of `schedule<...>`, or the policy itself.
template <class Schedule>
struct parts_of {
    template <class Visit>
    static constexpr void each(Visit&& visit) {
        visit.template operator()<Schedule>();
    }
};
template <class... Policies>
struct parts_of<schedule<Policies...>> {
    template <class Visit>
    static constexpr void each(Visit&& visit) {
        (visit.template operator()<Policies>(), ...);
    }
};

}  // namespace detail

/// Whether `Schedule` refuses operators on the host.
template <schedule_policy Schedule>
inline constexpr bool wants_all_on_core = [] {
    bool wanted = false;
    detail::parts_of<Schedule>::each([&]<class Policy>() {
        if constexpr (requires { Policy::all_on_core; }) {
            wanted = wanted || Policy::all_on_core;
        }
    });
    return wanted;
}();

/// The least segment that `Schedule` asks for, 2 where it does not care.
template <schedule_policy Schedule>
inline constexpr int min_segment_of = [] {
    int least = 2;
    detail::parts_of<Schedule>::each([&]<class Policy>() {
        if constexpr (requires { Policy::least_segment; }) {
            least = Policy::least_segment;
        }
    });
    return least;
}();

/// How many paths `Schedule` puts on the host.
template <schedule_policy Schedule>
inline constexpr int host_path_count = [] {
    int count = 0;
    detail::parts_of<Schedule>::each([&]<class Policy>() {
        if constexpr (requires { Policy::host_path_count; }) {
            count += Policy::host_path_count;
        }
    });
    return count;
}();

/// Path number `i` of them. \pre `0 <= i < host_path_count<Schedule>`.
template <schedule_policy Schedule>
[[nodiscard]] constexpr std::string_view host_path(int i) noexcept {
    std::string_view found;
    detail::parts_of<Schedule>::each([&]<class Policy>() {
        if constexpr (requires { Policy::host_path_count; }) {
            if (i >= 0 && i < Policy::host_path_count) {
                found = Policy::host_paths[i];
            }
            i -= Policy::host_path_count;
        }
    });
    return found;
}

}  // namespace soma
