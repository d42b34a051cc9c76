// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that share the steps of one computation, and never wait for one that does not run.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/runtime/threads/chunk_list.hpp>
#include <soma/runtime/threads/cores.hpp>
#include <soma/runtime/threads/doorbell.hpp>
#include <soma/simd/control.hpp>

namespace soma {

/// Chunk `first_chunk(n, cores, core)` is the first of `n` that belong to `core`: shares that
/// differ by one at most, in order, the first core's never the smaller.
[[nodiscard]] constexpr int first_chunk(int n, int cores, int core) noexcept {
    return (n * core + cores - 1) / cores;
}

/// `cores - 1` threads beside the caller's go through a fixed row of steps, each cut into chunks.
///
/// A step's chunks run in any order and on any core; the next step starts when all are done. Every
/// core takes its own chunks first and then those that nobody has started. A core that the system
/// gave to somebody else delays the others by the chunk it holds and by nothing more: the others
/// finish the step and go on, through all later steps and back to the caller, and it joins them at
/// the step they are in when it comes back.
///
/// `run` allocates nothing, locks nothing and throws nothing.
class core_team {
public:
    /// \param chunks  the number of chunks of each step, which must outlive the team; at least one,
    ///                at most `chunk_list::capacity` for each core
    /// \param threads how many threads the caller keeps busy in all, other teams' included: where
    ///                they outnumber the cores, a waiting thread sleeps at once
    core_team(int cores, std::span<const std::uint16_t> chunks, int threads)
        : cores_(cores),
          chunks_(chunks),
          lists_(std::make_unique<chunk_list[]>(static_cast<std::size_t>(cores))),
          bell_(available_cores() >= threads ? spins_in(spin_time) : 0) {
        helpers_.reserve(static_cast<std::size_t>(cores - 1));
        try {
            for (int core = 1; core < cores; ++core) {
                helpers_.emplace_back([this, core] { help(core); });
            }
        } catch (...) {
            stop();
            throw;
        }
        // No run sees a thread start, which calls the system and may allocate.
        bell_.wait_until([&] { return started_.load() == cores_ - 1; });
    }
    core_team(const core_team&) = delete;
    core_team& operator=(const core_team&) = delete;
    ~core_team() { stop(); }

    [[nodiscard]] int cores() const noexcept { return cores_; }

    /// Calls `f(step, chunk, core)` once for each chunk of each step; `core` is the number of the
    /// thread it runs on, 0 for the caller's.
    ///
    /// \pre no other thread is in `run`; `f` does not throw.
    template <class F>
    void run(F&& f) noexcept {
        using function = std::remove_reference_t<F>;
        call_ = [](void* to, int step, int chunk, int core) noexcept {
            (*static_cast<function*>(to))(step, chunk, core);
        };
        argument_ = &f;
        first_ += chunks_.size();
        go_.store(first_);
        bell_.ring();
        go_through(first_, 0);
    }

private:
    // Most waits for the last chunk of a step are shorter. One that is not is most likely for a
    // thread that lost its core, which the system may move to this one once it is idle: with 50
    // microseconds the p99 beside a busy process was half as long again.
    static constexpr std::chrono::microseconds spin_time{20};

    /// Works on the run whose first step has the number `first` until it is over.
    ///
    /// `call_` and `argument_` belong to a run and are read only in a claimed chunk, which keeps
    /// its run from ending: a thread that wakes up in a run that is over claims none.
    void go_through(std::uint64_t first, int core) noexcept {
        const std::uint64_t end = first + chunks_.size();
        for (std::uint64_t step = first; step < end;) {
            const int index = static_cast<int>(step - first);
            const int n = chunks_[static_cast<std::size_t>(index)];
            for (int i = 0; i < cores_; ++i) {
                const int owner = core + i < cores_ ? core + i : core + i - cores_;
                take(step, index, n, owner, core);
            }
            std::uint64_t latest = step;
            bell_.wait_until([&] { return passed(step, n, latest); });
            step = latest > step ? latest : step + 1;
        }
    }

    /// Runs the chunks of `owner` that nobody else takes.
    void take(std::uint64_t step, int index, int n, int owner, int core) noexcept {
        const int begin = first_chunk(n, cores_, owner);
        const int count = first_chunk(n, cores_, owner + 1) - begin;
        if (count == 0) {
            return;
        }
        chunk_list& list = lists_[static_cast<std::size_t>(owner)];
        for (int got = list.claim(step, count); got >= 0; got = list.claim(step, count)) {
            call_(argument_, index, begin + got, core);
            if (list.finish(count)) {
                bell_.ring();
            }
        }
    }

    /// Whether all `n` chunks of `step` are done, by their lists or because a later step has begun;
    /// \p latest is the latest step seen.
    [[nodiscard]] bool passed(std::uint64_t step, int n, std::uint64_t& latest) const noexcept {
        for (int owner = 0; owner < cores_; ++owner) {
            const int count = first_chunk(n, cores_, owner + 1) - first_chunk(n, cores_, owner);
            if (count > 0 && !lists_[static_cast<std::size_t>(owner)].passed(step, count, latest)) {
                return false;
            }
            if (latest > step) {
                return true;
            }
        }
        return true;
    }

    void help(int core) noexcept {
        const simd::flush_denormals_scope flush;
        started_.fetch_add(1);
        bell_.ring();
        for (std::uint64_t seen = 0;;) {
            bell_.wait_until([&] { return go_.load() != seen; });
            seen = go_.load();
            if (stopping_.load()) {
                return;
            }
            go_through(seen, core);
        }
    }

    void stop() noexcept {
        stopping_.store(true);
        go_.store(first_ + chunks_.size());
        bell_.ring();
        for (std::thread& t : helpers_) {
            t.join();
        }
    }

    int cores_;
    std::span<const std::uint16_t> chunks_;
    std::unique_ptr<chunk_list[]> lists_;
    void (*call_)(void*, int, int, int) noexcept = nullptr;
    void* argument_ = nullptr;
    std::uint64_t first_ = 0;  ///< number of the present run's first step; steps start behind zero
    doorbell bell_;
    alignas(64) std::atomic<std::uint64_t> go_{0};  ///< `first_`, for the helpers
    std::atomic<bool> stopping_{false};
    std::atomic<int> started_{0};
    std::vector<std::thread> helpers_;
};

}  // namespace soma
