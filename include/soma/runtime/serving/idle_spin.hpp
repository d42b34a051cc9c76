// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Spinning for a moment before sleeping, on cores that nobody else needs.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>

#include <soma/runtime/threads/doorbell.hpp>

namespace soma {

/// A client that waits for its answer and the worker that waits for its next request would wake
/// each other through the kernel, which takes longer than a small model. Where a core is free, left
/// by workers or that of one that sleeps, both look for a while first; an idle server sleeps.
///
/// Nobody spins while more requests are in flight than cores are free: others can use the time.
/// Spinning that comes to nothing, because models take longer or because the system has put both
/// threads on one core, is tried more and more rarely, down to once in `rarest` waits.
class idle_spin {
public:
    /// How long: what two wake-ups cost, within a factor.
    static constexpr std::chrono::microseconds longest{20};
    static constexpr int rarest = 64;

    /// \param spare cores that workers and their executors' threads leave free; negative: nobody
    ///              spins
    explicit idle_spin(int spare) : spins_(spare >= 0 ? spins_in(longest) : 0), free_(spare) {}

    /// On a worker's own core, which is idle meanwhile, if a client has another one. True as soon
    /// as `done()` is.
    template <class Done>
    [[nodiscard]] bool as_worker(Done done) noexcept {
        return spins_ > 0 && unused() > 0 && try_with(worker_, done);
    }

    /// On a free core, unless other clients spin on all of them. True as soon as `done()` is.
    template <class Done>
    [[nodiscard]] bool as_client(Done done) noexcept {
        if (spins_ == 0) {
            return false;
        }
        const int others = clients_.fetch_add(1, std::memory_order_relaxed);
        const bool room = others < free_.load(std::memory_order_relaxed) && unused() >= 0;
        const bool finished = room && try_with(client_, done);
        clients_.fetch_sub(1, std::memory_order_relaxed);
        return finished;
    }

    /// How many requests are queued or run.
    void in_flight(std::size_t requests) noexcept {
        requests_.store(static_cast<int>(requests), std::memory_order_relaxed);
    }

    /// A worker goes to sleep, or wakes: its core is free meanwhile.
    void worker_sleeps() noexcept { free_.fetch_add(1, std::memory_order_relaxed); }
    void worker_wakes() noexcept { free_.fetch_sub(1, std::memory_order_relaxed); }

private:
    /// Whether it was worth while so far. Threads may write over each other: it is a guess.
    struct luck {
        std::atomic<int> period{1};   ///< waits, of which one spins
        std::atomic<int> to_skip{0};  ///< of the present period
    };

    template <class Done>
    [[nodiscard]] bool try_with(luck& of, Done done) noexcept {
        if (const int left = of.to_skip.load(std::memory_order_relaxed); left > 0) {
            of.to_skip.store(left - 1, std::memory_order_relaxed);
            return false;
        }
        bool finished = false;
        for (int i = 0; i < spins_ && !finished; ++i) {
            spin_pause();
            finished = done();
        }
        const int period =
            finished ? 1 : std::min(2 * of.period.load(std::memory_order_relaxed), rarest);
        of.period.store(period, std::memory_order_relaxed);
        of.to_skip.store(period - 1, std::memory_order_relaxed);
        return finished;
    }

    /// Free cores less requests in flight.
    [[nodiscard]] int unused() const noexcept {
        return free_.load(std::memory_order_relaxed) - requests_.load(std::memory_order_relaxed);
    }

    int spins_;
    std::atomic<int> requests_{0};
    std::atomic<int> free_;        ///< cores
    std::atomic<int> clients_{0};  ///< that spin
    luck worker_;
    luck client_;
};

}  // namespace soma
