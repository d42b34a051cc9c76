// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Who computes which chunk of a step: one atomic word for each core's list of chunks.

#include <atomic>
#include <cstdint>

namespace soma {

/// The chunks of one core in the present step: a count of those claimed and of those finished.
///
/// Steps are numbered for as long as the list lives and never repeat. The word holds the last step
/// in which a chunk was claimed, and grows with every change; so nothing has to be reset between
/// steps, and a thread that slept through any number of steps can neither claim a chunk of a step
/// that is over nor disturb a later one:
/// - a step is left only after all its lists are `passed`, so its chunks have all been claimed;
/// - a claim replaces the very word it looked at, and no value comes back.
class alignas(128) chunk_list {  // a line of its own, and the one fetched beside it
public:
    /// Most chunks of a list.
    static constexpr int capacity = 255;

    /// The next of `count` chunks of `step` that nobody has claimed, or -1 if there is none.
    ///
    /// A chunk that is claimed keeps its step open: until `finish`, what belongs to it stays.
    /// \pre the steps before `step` are over; `0 < count <= capacity`
    [[nodiscard]] int claim(std::uint64_t step, int count) noexcept {
        std::uint64_t seen = word_.load(std::memory_order_acquire);
        for (;;) {
            const std::uint64_t at = seen >> step_shift;
            if (at > step) {
                return -1;
            }
            // The counts of an older step mean nothing: it is over.
            const std::uint64_t present = at == step ? seen : step << step_shift;
            const int next = claimed(present);
            if (next == count) {
                return -1;
            }
            if (word_.compare_exchange_weak(seen, present + one_claimed, std::memory_order_acq_rel,
                                            std::memory_order_acquire)) {
                return next;
            }
        }
    }

    /// Ends a chunk that this thread has claimed; true if it was the last of `count`.
    [[nodiscard]] bool finish(int count) noexcept {
        return finished(word_.fetch_add(one_finished)) + 1 == count;
    }

    /// Whether the `count` chunks of `step` are done; what they wrote is then visible. \p latest
    /// becomes the list's step where that is a later one.
    [[nodiscard]] bool passed(std::uint64_t step, int count, std::uint64_t& latest) const noexcept {
        const std::uint64_t seen = word_.load();
        const std::uint64_t at = seen >> step_shift;
        if (at > step) {
            latest = latest < at ? at : latest;
            return true;
        }
        return at == step && finished(seen) == count;
    }

private:
    // 48 bits of step: a step each 100 ns repeats a number after 325 days of computing without a
    // pause, and harms only a thread that has slept all that time.
    static constexpr int step_shift = 16;
    static constexpr std::uint64_t one_claimed = 256;
    static constexpr std::uint64_t one_finished = 1;

    static constexpr int claimed(std::uint64_t word) noexcept {
        return static_cast<int>(word >> 8 & 255);
    }
    static constexpr int finished(std::uint64_t word) noexcept {
        return static_cast<int>(word & 255);
    }

    std::atomic<std::uint64_t> word_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

}  // namespace soma
