// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a run of consecutive operations costs one core, kept up to date one operation at a time.

#include <cstddef>

namespace soma {

/// One operation of a chain under one deployment: its cost for a whole batch on one core.
struct chain_link {
    double cached_seconds = 0;    ///< with its weights in on-chip memory
    double streamed_seconds = 0;  ///< with its weights read from device memory, never less
    double cut_seconds = 0;  ///< what a stage that begins here waits for tensors of earlier stages
    std::size_t weight_bytes = 0;
    std::size_t live_bytes = 0;  ///< activations alive while it runs
};

/// The on-chip memory of a core.
struct core_memory {
    std::size_t bytes = 0;
    bool must_cache = false;  ///< a stage whose weights do not stay on chip is no stage
};

/// The links [first, last) on one core.
///
/// Activations come first: what they leave holds weights, and the rest is streamed. Streaming needs
/// a buffer for the weights that arrive while others are in use.
struct stage_sum {
    double cached_seconds = 0, streamed_seconds = 0, cut_seconds = 0;
    std::size_t weight_bytes = 0, largest_weight_bytes = 0, live_bytes = 0;

    constexpr explicit stage_sum(const chain_link& first) noexcept
        : cut_seconds(first.cut_seconds) {
        add(first);
    }

    constexpr void add(const chain_link& l) noexcept {
        cached_seconds += l.cached_seconds;
        streamed_seconds += l.streamed_seconds;
        weight_bytes += l.weight_bytes;
        largest_weight_bytes =
            l.weight_bytes > largest_weight_bytes ? l.weight_bytes : largest_weight_bytes;
        live_bytes = l.live_bytes > live_bytes ? l.live_bytes : live_bytes;
    }

    [[nodiscard]] constexpr bool cached(const core_memory& memory) const noexcept {
        return weight_bytes + live_bytes <= memory.bytes;
    }
    /// Bytes of weights that arrive for every batch.
    [[nodiscard]] constexpr std::size_t streamed_bytes(const core_memory& memory) const noexcept {
        if (cached(memory)) {
            return 0;
        }
        const std::size_t taken = live_bytes + buffer_bytes(memory);
        const std::size_t kept = memory.bytes > taken ? memory.bytes - taken : 0;
        return weight_bytes > kept ? weight_bytes - kept : 0;
    }
    /// Room for the largest operation's weights, twice: one set in use, one on its way.
    [[nodiscard]] constexpr std::size_t buffer_bytes(const core_memory& memory) const noexcept {
        if (cached(memory)) {
            return 0;
        }
        const std::size_t wanted = 2 * largest_weight_bytes;
        const std::size_t most = memory.bytes / 16;  // larger weights arrive in parts
        return wanted < most ? wanted : most;
    }
    /// Seconds of one batch; never less for a longer run of links.
    [[nodiscard]] constexpr double seconds(const core_memory& memory) const noexcept {
        const std::size_t streamed = streamed_bytes(memory);
        if (streamed == 0) {
            return cut_seconds + cached_seconds;
        }
        const double part = static_cast<double>(streamed) / static_cast<double>(weight_bytes);
        return cut_seconds + cached_seconds + (streamed_seconds - cached_seconds) * part;
    }
    [[nodiscard]] constexpr bool allowed(const core_memory& memory) const noexcept {
        return !memory.must_cache || cached(memory);
    }
};

}  // namespace soma
