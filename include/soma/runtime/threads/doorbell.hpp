// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Waiting that costs little when it is short and no processor when it is long.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace soma {

/// Tells the processor that this thread spins.
inline void spin_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#endif
}

/// Rounds of `spin_pause` that fill `time`: between 9 and 140 cycles each, by processor.
[[nodiscard]] inline int spins_in(std::chrono::nanoseconds time) {
    using clock = std::chrono::steady_clock;
    constexpr int rounds = 256;
    auto fastest = clock::duration::max();
    for (int measurement = 0; measurement < 4; ++measurement) {  // one may be interrupted
        const auto start = clock::now();
        for (int i = 0; i < rounds; ++i) {
            spin_pause();
        }
        fastest = std::min(fastest, clock::now() - start);
    }
    const double each = std::chrono::duration<double, std::nano>(fastest).count() / rounds;
    return static_cast<int>(static_cast<double>(time.count()) / std::max(each, 1.0));
}

/// Threads wait here for a condition on atomics; who may have made it true rings.
///
/// They spin for a bounded time and then sleep in the kernel. Where nobody sleeps, ringing is one
/// load of a line that all cores share. Nothing allocates or locks.
///
/// No wake-up is lost as long as the change before `ring` and the reads in the condition are
/// `seq_cst`: of "change, look for sleepers" and "become a sleeper, look for the change" one comes
/// first in the single order of all such operations, and the other one sees it.
class doorbell {
public:
    /// \param spins rounds before a wait sleeps; 0 where spinning would hold a core that others
    /// need
    explicit doorbell(int spins) noexcept : spins_(spins) {}

    /// Returns when `done()` is true. `done` may run any number of times.
    template <class Done>
    void wait_until(Done done) noexcept {
        for (int i = 0; i <= spins_; ++i) {
            if (done()) {
                return;
            }
            spin_pause();
        }
        for (bool finished = false; !finished;) {
            asleep_.fetch_add(1);
            const std::uint32_t heard = rings_.load();
            finished = done();
            if (!finished) {
                rings_.wait(heard);
                finished = done();
            }
            asleep_.fetch_sub(1);
        }
    }

    /// Wakes who sleeps, to look at its condition again.
    void ring() noexcept {
        if (asleep_.load() > 0) {
            rings_.fetch_add(1);
            rings_.notify_all();
        }
    }

    /// Threads that sleep, or are about to.
    [[nodiscard]] int asleep() const noexcept { return asleep_.load(); }

private:
    int spins_;
    alignas(64) std::atomic<int> asleep_{0};
    std::atomic<std::uint32_t> rings_{0};
};

}  // namespace soma
