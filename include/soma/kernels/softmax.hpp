// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Softmax and its logarithm over the channels of each row.

#include <array>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <soma/base/unroll.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/elementwise.hpp>
#include <soma/numeric/convert.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/mask.hpp>
#include <soma/simd/math.hpp>
#include <soma/simd/vec.hpp>

namespace soma::kernels {

namespace detail {

/// A row is walked in groups of sixteen on every instruction set: sixteen partial sums, added in a
/// fixed tree, make the bits of the result independent of the width of a register.
inline constexpr int softmax_group = 16;

/// Sixteen floats in as many registers as they take.
template <class Isa>
using group_of_sixteen = std::array<simd::vec<Isa>, softmax_group / Isa::lanes>;

/// Calls `use(group, first channel, count)` for each group; lanes behind `count` are -infinity.
template <class Isa, class In, class Use>
SOMA_ALWAYS_INLINE void for_each_group(const In* row, int c, Use use) noexcept {
    constexpr int registers = softmax_group / Isa::lanes;
    group_of_sixteen<Isa> group;
    int i = 0;
    for (; i + softmax_group <= c; i += softmax_group) {
        unroll<registers>([&](auto r) { group[r] = simd::load<Isa>(row + i + r * Isa::lanes); });
        use(group, i, softmax_group);
    }
    if (i < c) {
        alignas(64) In buffer[softmax_group];
        for (int lane = 0; lane < softmax_group; ++lane) {
            buffer[lane] = i + lane < c ? row[i + lane]
                                        : convert_to<In>(-std::numeric_limits<float>::infinity());
        }
        unroll<registers>([&](auto r) { group[r] = simd::load<Isa>(buffer + r * Isa::lanes); });
        use(group, i, c - i);
    }
}

/// The sixteen lanes folded in halves by `combine(x, y)`.
template <class Isa, class Combine>
[[nodiscard]] SOMA_ALWAYS_INLINE float fold_sixteen(const group_of_sixteen<Isa>& group,
                                                    Combine combine) noexcept {
    alignas(64) float lane[softmax_group];
    unroll<softmax_group / Isa::lanes>(
        [&](auto r) { simd::store_aligned(group[r], lane + r * Isa::lanes); });
    for (int half = softmax_group / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) {
            lane[i] = combine(lane[i], lane[i + half]);
        }
    }
    return lane[0];
}

template <class Isa, bool Logarithm, class In, class Out>
SOMA_ALWAYS_INLINE void softmax_row(const In* in, int c, Out* out) noexcept {
    using vec = simd::vec<Isa>;
    constexpr int registers = softmax_group / Isa::lanes;

    group_of_sixteen<Isa> running;
    unroll<registers>([&](auto r) { running[r] = vec(-std::numeric_limits<float>::infinity()); });
    for_each_group<Isa>(in, c, [&](const auto& group, int, int) {
        unroll<registers>([&](auto r) { running[r] = max(running[r], group[r]); });
    });
    const vec largest(fold_sixteen<Isa>(running, [](float x, float y) { return x < y ? y : x; }));

    const auto write = [&](vec value, int first, int count, int offset) {
        if (count - offset >= Isa::lanes) {
            simd::store_flushed(value, out + first + offset);
        } else if (count > offset) {
            simd::store_flushed_partial(value, out + first + offset, count - offset);
        }
    };
    // Where the output can hold an exponential without a rounding it is not computed again.
    constexpr bool keeps = !Logarithm && std::is_same_v<Out, float>;

    // A NaN that the maximum has lost comes back here, and the sum keeps it.
    unroll<registers>([&](auto r) { running[r] = simd::zero<Isa>(); });
    for_each_group<Isa>(in, c, [&](const auto& group, int first, int count) {
        unroll<registers>([&](auto r) {
            const vec value = simd::exp(group[r] - largest);
            running[r] = running[r] + value;
            if constexpr (keeps) {
                write(value, first, count, r * Isa::lanes);
            }
        });
    });
    const float total = fold_sixteen<Isa>(running, [](float x, float y) { return x + y; });

    if constexpr (keeps) {
        const vec sum(total);
        for_each_register<Isa>(out, static_cast<std::size_t>(c), [&](auto access, std::size_t i) {
            return access.load(out + i) / sum;
        });
    } else {
        const vec sum = Logarithm ? simd::log(vec(total)) : vec(total);
        for_each_group<Isa>(in, c, [&](const auto& group, int first, int count) {
            unroll<registers>([&](auto r) {
                const vec shifted = group[r] - largest;
                write(Logarithm ? shifted - sum : simd::exp(shifted) / sum, first, count,
                      r * Isa::lanes);
            });
        });
    }
}

}  // namespace detail

/// `out[r][i] = exp(in[r][i]) / sum_j exp(in[r][j])` over the `c` channels of each row.
///
/// The pad lanes of `out` are zero. A row with NaN or +infinity becomes NaN throughout. `out` may
/// be `in` where format and pitch agree. Same bits on every instruction set.
template <class Isa, class In, class Out>
void softmax(
    const In* in, std::size_t rows, int c, int pitch_in, Out* out, int pitch_out) noexcept {
    for (std::size_t r = 0; r < rows; ++r, in += pitch_in, out += pitch_out) {
        detail::softmax_row<Isa, false>(in, c, out);
        clear_pad_lanes(out, c, pitch_out);
    }
}

/// The logarithm of `softmax`, without leaving the range of the exponential.
template <class Isa, class In, class Out>
void log_softmax(
    const In* in, std::size_t rows, int c, int pitch_in, Out* out, int pitch_out) noexcept {
    for (std::size_t r = 0; r < rows; ++r, in += pitch_in, out += pitch_out) {
        detail::softmax_row<Isa, true>(in, c, out);
        clear_pad_lanes(out, c, pitch_out);
    }
}

}  // namespace soma::kernels
