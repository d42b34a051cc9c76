// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that wait together, run one function together, and wait again.

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <soma/runtime/threads/cores.hpp>
#include <soma/simd/control.hpp>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace soma {

/// `workers` threads beside the caller's; a call of `run` is the only thing that wakes them.
///
/// Nothing is allocated, locked or thrown in `run`. Waiting spins for a bounded time and then
/// sleeps in the kernel; with fewer cores than threads it sleeps at once, because a spinning
/// thread would hold the core that the other one needs.
class worker_team {
public:
    explicit worker_team(int workers) : worker_team(workers, workers + 1) {}

    /// \param threads how many threads the caller keeps busy in all, others than these included.
    worker_team(int workers, int threads)
        : spins_(available_cores() >= threads ? spins_before_sleep : 0) {
        threads_.reserve(static_cast<std::size_t>(workers));
        try {
            for (int i = 1; i <= workers; ++i) {
                threads_.emplace_back([this, i] { work(i); });
            }
        } catch (...) {
            stop();
            throw;
        }
    }
    worker_team(const worker_team&) = delete;
    worker_team& operator=(const worker_team&) = delete;
    ~worker_team() { stop(); }

    [[nodiscard]] int workers() const noexcept { return static_cast<int>(threads_.size()); }

    /// Calls `f(0)` here and `f(1) ... f(workers)` on the workers; returns when all have returned.
    ///
    /// \pre no other thread is in `run`; `f` does not throw.
    template <class F>
    void run(F&& f) noexcept {
        if (threads_.empty()) {
            f(0);
            return;
        }
        call_ = [](void* function, int index) noexcept { (*static_cast<F*>(function))(index); };
        argument_ = &f;
        running_.store(workers(), std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        f(0);
        wait_while(running_, [](int left) { return left != 0; });
    }

private:
    // About 20 microseconds: longer than the gap between calls under load, shorter than what a
    // sleeping caller would notice.
    static constexpr int spins_before_sleep = 2000;

    static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
        _mm_pause();
#endif
    }

    template <class T, class Condition>
    T wait_while(const std::atomic<T>& value, Condition holds) const noexcept {
        T seen = value.load(std::memory_order_acquire);
        for (int i = 0; i < spins_ && holds(seen); ++i) {
            pause();
            seen = value.load(std::memory_order_acquire);
        }
        while (holds(seen)) {
            value.wait(seen, std::memory_order_acquire);
            seen = value.load(std::memory_order_acquire);
        }
        return seen;
    }

    void work(int index) noexcept {
        const simd::flush_denormals_scope flush;
        for (std::uint32_t last = 0;;) {
            last = wait_while(round_, [last](std::uint32_t now) { return now == last; });
            if (stopping_.load(std::memory_order_relaxed)) {
                return;
            }
            call_(argument_, index);
            if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                running_.notify_one();
            }
        }
    }

    void stop() noexcept {
        stopping_.store(true, std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        for (std::thread& t : threads_) {
            t.join();
        }
        threads_.clear();
    }

    int spins_;
    void (*call_)(void*, int) noexcept = nullptr;
    void* argument_ = nullptr;
    alignas(64) std::atomic<std::uint32_t> round_{0};
    alignas(64) std::atomic<int> running_{0};
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace soma
