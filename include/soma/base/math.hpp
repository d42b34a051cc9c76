// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Integer arithmetic that planning and kernels share.

#include <concepts>
#include <type_traits>

namespace soma {

/// The smallest integer not below `n / divisor`. \pre `n >= 0`, `divisor > 0`.
template <std::integral T>
[[nodiscard]] constexpr T ceil_div(T n, std::type_identity_t<T> divisor) noexcept {
    return static_cast<T>((n + divisor - 1) / divisor);
}

/// The smallest multiple of `multiple` not below `n`. \pre `n >= 0`, `multiple > 0`.
template <std::integral T>
[[nodiscard]] constexpr T round_up(T n, std::type_identity_t<T> multiple) noexcept {
    return static_cast<T>(ceil_div(n, multiple) * multiple);
}

}  // namespace soma
