// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What one core can do at this moment: multiply-adds per second out of registers, bytes per second
/// out of memory.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <soma/base/unroll.hpp>
#include <soma/perf/clock.hpp>
#include <soma/simd/dot2.hpp>
#include <soma/simd/isa.hpp>
#include <soma/simd/vec.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma::perf {

namespace detail {

/// Independent sums: enough to cover a latency of 6 cycles at 2 per cycle (`vdpbf16ps` on Zen 5),
/// with registers left for the two operands.
template <simd::instruction_set Isa>
inline constexpr std::size_t peak_sums = Isa::registers >= 32 ? 24 : 12;

/// Adds all lanes to `*sink`, so that what produced them cannot be left out.
template <simd::instruction_set Isa, std::size_t Count>
void consume(const std::array<simd::vec<Isa>, Count>& sums, volatile float* sink) noexcept {
    std::array<float, static_cast<std::size_t>(Isa::lanes)> lanes;
    for (const auto& sum : sums) {
        simd::store(sum, lanes.data());
        for (const float lane : lanes) {
            *sink = *sink + lane;
        }
    }
}

// Index packs and not `unroll` with a lambda: clang -O2 leaves two dozen assembler statements in a
// lambda outside of the loop, with the sums in memory.

template <simd::instruction_set Isa, std::size_t Count, std::size_t... I>
SOMA_ALWAYS_INLINE void multiply_add_each(std::array<simd::vec<Isa>, Count>& sums,
                                          simd::vec<Isa> x,
                                          std::index_sequence<I...>) noexcept {
    ((sums[I] = simd::mul_add(x, x, sums[I])), ...);
}

template <simd::instruction_set Isa, std::size_t Count, std::size_t... I>
SOMA_ALWAYS_INLINE void dot2_each(std::array<simd::vec<Isa>, Count>& sums,
                                  simd::pair_vec<Isa> x,
                                  std::index_sequence<I...>) noexcept {
    ((sums[I] = simd::dot2_bf16(sums[I], x, x)), ...);
}

template <simd::instruction_set Isa, std::size_t Count, std::size_t... I>
SOMA_ALWAYS_INLINE void add_each(std::array<simd::vec<Isa>, Count>& sums,
                                 const float* from,
                                 std::index_sequence<I...>) noexcept {
    ((sums[I] = sums[I] + simd::load_aligned<Isa>(from + I * std::size_t{Isa::lanes})), ...);
}

/// Sums that no compiler can prove to be equal, or it would compute them once.
template <simd::instruction_set Isa>
[[nodiscard]] std::array<simd::vec<Isa>, peak_sums<Isa>> distinct_sums(
    volatile float* sink) noexcept {
    std::array<simd::vec<Isa>, peak_sums<Isa>> sums;
    for (auto& sum : sums) {
        sum = simd::vec<Isa>(*sink);
    }
    return sums;
}

/// Runs `steps` multiply-adds on each of `peak_sums` registers.
template <simd::instruction_set Isa>
SOMA_NOINLINE void spin_multiply_add(std::int64_t steps, volatile float* sink) noexcept {
    const simd::vec<Isa> x(*sink + 0x1p-20F);
    auto sums = distinct_sums<Isa>(sink);
    for (std::int64_t step = 0; step < steps; ++step) {
        multiply_add_each<Isa>(sums, x, std::make_index_sequence<peak_sums<Isa>>{});
    }
    consume<Isa>(sums, sink);
}

/// The same with the step that multiplies pairs of BF16.
template <simd::instruction_set Isa>
SOMA_NOINLINE void spin_dot2(std::int64_t steps, volatile float* sink) noexcept {
    const std::array<bfloat16, 2> pair = {bfloat16(*sink + 0x1p-20F), bfloat16(0x1p-20F)};
    const simd::pair_vec<Isa> x = simd::broadcast_pair<Isa>(pair.data());
    auto sums = distinct_sums<Isa>(sink);
    for (std::int64_t step = 0; step < steps; ++step) {
        dot2_each<Isa>(sums, x, std::make_index_sequence<peak_sums<Isa>>{});
    }
    consume<Isa>(sums, sink);
}

}  // namespace detail

/// Measures the arithmetic peak of the calling thread in short runs, to stand beside measurements:
/// the clock of a processor moves by several percent with its load.
template <simd::instruction_set Isa>
class peak_meter {
public:
    /// Each later measurement takes about `seconds`.
    explicit peak_meter(double seconds = 0.0015) {
        fp32_steps_ = steps_for(seconds, [](std::int64_t n, volatile float* sink) {
            detail::spin_multiply_add<Isa>(n, sink);
        });
        bf16_steps_ = steps_for(
            seconds, [](std::int64_t n, volatile float* sink) { detail::spin_dot2<Isa>(n, sink); });
    }

    /// Operations per second of FP32 multiply-adds, two per product.
    [[nodiscard]] double fp32() {
        volatile float sink = 0.0F;
        const double seconds =
            seconds_of([&] { detail::spin_multiply_add<Isa>(fp32_steps_, &sink); });
        return 2.0 * lanes_per_step * static_cast<double>(fp32_steps_) / seconds;
    }

    /// Operations per second of BF16 pairs accumulated in FP32, two per product; without native
    /// BF16, what the widening replacement reaches.
    [[nodiscard]] double bf16() {
        volatile float sink = 0.0F;
        const double seconds = seconds_of([&] { detail::spin_dot2<Isa>(bf16_steps_, &sink); });
        return 4.0 * lanes_per_step * static_cast<double>(bf16_steps_) / seconds;
    }

private:
    static constexpr double lanes_per_step = double{Isa::lanes} * double{detail::peak_sums<Isa>};

    template <class Spin>
    [[nodiscard]] static std::int64_t steps_for(double seconds, Spin spin) {
        volatile float sink = 0.0F;
        std::int64_t steps = 1024;
        double taken = seconds_of([&] { spin(steps, &sink); });
        while (taken < seconds / 4.0) {
            steps *= 2;
            taken = seconds_of([&] { spin(steps, &sink); });
        }
        return std::max<std::int64_t>(1,
                                      std::llround(static_cast<double>(steps) * seconds / taken));
    }

    std::int64_t fp32_steps_ = 1;
    std::int64_t bf16_steps_ = 1;
};

/// Bytes per second the calling thread reads from a buffer of `bytes`, again and again for about
/// `seconds`: the size chooses the cache. \pre `bytes` is at least 4 KiB.
template <simd::instruction_set Isa>
[[nodiscard]] double read_bandwidth(std::size_t bytes, double seconds = 0.05) {
    constexpr std::size_t count = 8;
    constexpr std::size_t lanes = Isa::lanes;
    const aligned_buffer buffer(bytes);
    const auto* data = reinterpret_cast<const float*>(buffer.data());
    const std::size_t block = count * lanes;
    const std::size_t blocks = bytes / sizeof(float) / block;
    // Small buffers are read several times between two looks at the clock.
    const std::size_t passes = std::max<std::size_t>(1, (std::size_t{8} << 20) / bytes);
    volatile float sink = 0.0F;

    const auto work = [&] {
        std::array<simd::vec<Isa>, count> sums{};
        for (std::size_t pass = 0; pass < passes; ++pass) {
            for (std::size_t b = 0; b < blocks; ++b) {
                detail::add_each<Isa>(sums, data + b * block, std::make_index_sequence<count>{});
            }
        }
        detail::consume<Isa>(sums, &sink);
    };

    work();
    double total = 0.0;
    double read = 0.0;
    while (total < seconds) {
        total += seconds_of(work);
        read += static_cast<double>(passes * blocks * block * sizeof(float));
    }
    return read / total;
}

}  // namespace soma::perf
