// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that are the stages of pipelines.

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include <soma/runtime/pipeline/stage_ring.hpp>
#include <soma/runtime/threads/core_claim.hpp>
#include <soma/runtime/threads/cores.hpp>
#include <soma/runtime/threads/doorbell.hpp>
#include <soma/simd/control.hpp>

namespace soma {

/// What the stages of a `pipeline_team` do; each function runs on the stage's own thread.
///
/// `prepare` comes first and once, and may throw. Then for every batch: `receive` what the stage
/// before has left in a slot, `compute`, `send` to a slot for the stage behind. The first stage
/// receives nothing, the last one sends nothing.
template <class T>
concept stage_work = requires(T& work, int copy, int stage, int slot, std::uint64_t batch) {
    work.prepare(copy, stage);
    { work.receive(copy, stage, slot) } noexcept;
    { work.compute(copy, stage, batch) } noexcept;
    { work.send(copy, stage, slot) } noexcept;
};

/// Batches between two stages: one that waits while the next one is being made, so that stages
/// which are equal on the average need not be equal each time.
inline constexpr int slots_between_stages = 2;

/// How long a stage that has a core of its own spins before it sleeps; as in `core_team`.
inline constexpr std::chrono::microseconds stage_spin_time{20};

/// `copies` pipelines of `stages` threads each, which run from construction to destruction.
///
/// A run is a number of batches. The first stages claim them in order, whichever copy is free, and
/// every stage hands its batch to the next one; the caller sleeps until the last one is through.
/// Each thread keeps to a core of its own where the process has as many that no other team holds.
/// Where threads outnumber the cores, a thread that waits sleeps at once.
///
/// `run` allocates nothing, locks nothing and throws nothing.
template <stage_work Work>
class pipeline_team {
public:
    /// Returns when all stages are prepared. Throws what the first `prepare` to fail threw, once
    /// all threads have ended. `work` must outlive the team.
    pipeline_team(Work& work, int copies, int stages)
        : work_(work),
          stages_(stages),
          claim_(copies * stages),
          spins_(available_cores() >= copies * stages ? spins_in(stage_spin_time) : 0),
          // The caller has no core of its own unless one is left over: it must not spin on that of
          // a stage, nor may a first stage that waits for the next run spin on the only idle one.
          go_(available_cores() > copies * stages ? spins_ : 0),
          done_bell_(available_cores() > copies * stages ? spins_ : 0) {
        const int cuts = copies * (stages - 1);
        rings_.reserve(static_cast<std::size_t>(cuts));
        for (int i = 0; i < cuts; ++i) {
            rings_.push_back(std::make_unique<ring>(spins_));
        }
        const int stage_count = copies * stages;
        threads_.reserve(static_cast<std::size_t>(stage_count));
        try {
            for (int copy = 0; copy < copies; ++copy) {
                for (int stage = 0; stage < stages; ++stage) {
                    threads_.emplace_back([this, copy, stage] { serve(copy, stage); });
                }
            }
        } catch (...) {
            stop();
            throw;
        }
        // No run sees a thread start, which calls the system and may allocate.
        done_bell_.wait_until([&] { return started_.load() == copies * stages_; });
        if (failed_.load()) {
            stop();
            std::rethrow_exception(failure_);
        }
    }
    pipeline_team(const pipeline_team&) = delete;
    pipeline_team& operator=(const pipeline_team&) = delete;
    ~pipeline_team() { stop(); }

    [[nodiscard]] int threads() const noexcept { return static_cast<int>(threads_.size()); }
    /// Whether each thread keeps to a core of its own.
    [[nodiscard]] bool pinned() const noexcept { return !claim_.cores().empty(); }

    /// Takes the batches 0 ... `batches` - 1 through all stages; returns when all are through.
    ///
    /// \pre no other thread is in `run`.
    void run(std::uint64_t batches) noexcept {
        first_ = end_.load(std::memory_order_relaxed);
        const std::uint64_t end = first_ + batches;
        end_.store(end);
        go_.ring();
        done_bell_.wait_until([&] { return done_.load() == end; });
    }

private:
    using ring = stage_ring<std::uint64_t, slots_between_stages>;

    /// The next batch that nobody has; false when the team stops.
    ///
    /// Batches are numbered on and on, through all runs, so both counters only grow. A batch that
    /// is claimed keeps its run from ending, hence `first_` and what the work knows about the run
    /// are read in claimed batches only.
    [[nodiscard]] bool claim(std::uint64_t& batch) noexcept {
        for (;;) {
            go_.wait_until([&] { return next_.load() < end_.load() || stopping_.load(); });
            std::uint64_t seen = next_.load();
            if (seen < end_.load()) {
                if (next_.compare_exchange_strong(seen, seen + 1)) {
                    batch = seen - first_;
                    return true;
                }
            } else if (stopping_.load()) {
                return false;
            }
        }
    }

    /// Whether the stage is ready for batches; what kept it from that is for the constructor.
    ///
    /// Subnormals are not flushed yet: parameters are to be what any other thread makes of them.
    [[nodiscard]] bool prepare(int copy, int stage) noexcept {
        bool ready = true;
        try {
            work_.prepare(copy, stage);
        } catch (...) {
            ready = false;
            if (!failed_.exchange(true)) {
                failure_ = std::current_exception();
            }
        }
        started_.fetch_add(1);
        done_bell_.ring();
        return ready;
    }

    void serve(int copy, int stage) noexcept {
        claim_.pin(copy * stages_ + stage);
        if (!prepare(copy, stage)) {
            return;
        }
        const simd::flush_denormals_scope flush;
        const int cut = copy * (stages_ - 1) + stage;  // the one behind this stage
        ring* const from = stage == 0 ? nullptr : rings_[static_cast<std::size_t>(cut - 1)].get();
        ring* const to =
            stage + 1 == stages_ ? nullptr : rings_[static_cast<std::size_t>(cut)].get();
        for (std::uint64_t batch = 0;;) {
            if (from == nullptr) {
                if (!claim(batch)) {
                    return;
                }
            } else {
                const int slot = from->wait_full(batch);
                if (slot == ring::none) {
                    return;
                }
                work_.receive(copy, stage, slot);
                from->release();
            }
            work_.compute(copy, stage, batch);
            if (to != nullptr) {
                const int slot = to->wait_free();
                if (slot == ring::none) {
                    return;
                }
                work_.send(copy, stage, slot);
                to->publish(batch);
            } else if (done_.fetch_add(1) + 1 == end_.load()) {
                done_bell_.ring();
            }
        }
    }

    void stop() noexcept {
        stopping_.store(true);
        go_.ring();
        for (const auto& r : rings_) {
            r->stop();
        }
        for (std::thread& t : threads_) {
            t.join();
        }
        threads_.clear();
    }

    Work& work_;
    int stages_;
    core_claim claim_;
    int spins_;
    std::uint64_t first_ = 0;  ///< number of the present run's first batch
    doorbell go_;
    doorbell done_bell_;
    alignas(64) std::atomic<std::uint64_t> next_{0};  ///< the first batch that nobody has claimed
    alignas(64) std::atomic<std::uint64_t> end_{0};   ///< behind the present run's last batch
    alignas(64) std::atomic<std::uint64_t> done_{0};  ///< batches that are through
    std::atomic<bool> stopping_{false};
    std::atomic<int> started_{0};  ///< threads whose `prepare` is over
    std::atomic<bool> failed_{false};
    std::exception_ptr failure_;                ///< of the thread that set `failed_`
    std::vector<std::unique_ptr<ring>> rings_;  ///< of copy 0, then of copy 1, ...
    std::vector<std::thread> threads_;
};

}  // namespace soma
