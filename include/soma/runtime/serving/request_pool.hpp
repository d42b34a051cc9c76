// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Memory for a fixed number of requests, used again and again, and the lock that guards them.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include <soma/runtime/serving/idle_spin.hpp>
#include <soma/runtime/serving/request.hpp>

namespace soma {

/// One request between `submit` and the moment both its server and its caller have let go of it.
struct request_slot {
    std::uint64_t id = 0;  ///< of the request, unique in its server

    // Of the caller; set before the request is queued.
    const float* in = nullptr;
    float* out = nullptr;
    std::size_t samples = 0;
    serving_clock::time_point arrival{};
    serving_clock::time_point start_by{};  ///< it waits for company until then
    request_options options{};
    request_callback callback{};

    // Progress, under the pool's lock while the request is queued or runs.
    std::size_t begun = 0;    ///< samples that were given to a worker, or never will be
    std::size_t running = 0;  ///< samples that a worker has
    bool cancel_asked = false;
    request_result result{};

    std::uint32_t generation = 0;  ///< counts uses of the slot; under the pool's lock
    std::uint32_t next_free = 0;
    std::atomic<std::uint32_t> finished{0};  ///< 1: `result` is final and nobody writes it
    std::atomic<int> owners{0};              ///< the server and a handle
};

/// Hands out slots; nothing is allocated after construction.
class request_pool {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    /// \param spare cores that no worker needs, for clients that spin before they sleep; negative:
    ///              nobody spins
    explicit request_pool(std::size_t capacity, int spare = -1)
        : spin(spare), slots_(std::make_unique<request_slot[]>(capacity)), capacity_(capacity) {
        for (std::size_t i = capacity; i-- > 0;) {
            slots_[i].next_free = std::exchange(free_, static_cast<std::uint32_t>(i));
        }
    }
    request_pool(const request_pool&) = delete;
    request_pool& operator=(const request_pool&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] request_slot& operator[](std::uint32_t i) noexcept { return slots_[i]; }

    /// A slot with two owners, the server and the caller's handle; `none` if all are in use.
    ///
    /// \pre the caller holds `mutex`
    [[nodiscard]] std::uint32_t acquire() noexcept {
        const std::uint32_t i = free_;
        if (i != none) {
            request_slot& slot = slots_[i];
            free_ = slot.next_free;
            slot.begun = slot.running = 0;
            slot.cancel_asked = false;
            slot.result = {};
            slot.finished.store(0, std::memory_order_relaxed);
            slot.owners.store(2, std::memory_order_relaxed);
        }
        return i;
    }

    /// Makes the result of slot `i` known. The caller of a request may end its buffers' lives now.
    void finish(std::uint32_t i) noexcept {
        slots_[i].finished.store(1, std::memory_order_release);
        slots_[i].finished.notify_all();
    }

    /// One owner lets go of slot `i`; after the last one it is free.
    ///
    /// \pre the caller does not hold `mutex`
    void release(std::uint32_t i) noexcept {
        request_slot& slot = slots_[i];
        if (slot.owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            slot.result.error = nullptr;
            const std::lock_guard lock(mutex);
            ++slot.generation;
            slot.next_free = std::exchange(free_, i);
        }
    }

    /// Asks for the end of the request that had slot `i` in its use `generation`; nothing happens
    /// if it is over.
    void cancel(std::uint32_t i, std::uint32_t generation) noexcept {
        const std::lock_guard lock(mutex);
        request_slot& slot = slots_[i];
        if (slot.generation == generation && slot.finished.load(std::memory_order_relaxed) == 0) {
            slot.cancel_asked = true;
            cancels_asked = true;
            call_worker();
        }
    }

    /// Has one worker look at the queue. \pre the caller holds `mutex`
    void call_worker() noexcept {
        calls_.fetch_add(1, std::memory_order_relaxed);
        if (!std::exchange(worker_spins_, false)) {
            work_.notify_one();
        }
    }

    /// Has all of them look. \pre the caller holds `mutex`
    void call_workers() noexcept {
        calls_.fetch_add(1, std::memory_order_relaxed);
        worker_spins_ = false;
        work_.notify_all();
    }

    /// A worker waits until it is called, or until `end`. One that has nothing to wait for but a
    /// call spins first, unless another one does.
    ///
    /// \param lock of `mutex`
    void await_call(std::unique_lock<std::mutex>& lock, serving_clock::time_point end) noexcept {
        if (end != serving_clock::time_point::max()) {
            spin.worker_sleeps();
            static_cast<void>(work_.wait_until(lock, end));
            spin.worker_wakes();
            return;
        }
        if (!worker_spins_) {
            worker_spins_ = true;
            const std::uint32_t heard = calls_.load(std::memory_order_relaxed);
            const auto called = [&] { return calls_.load(std::memory_order_relaxed) != heard; };
            lock.unlock();
            static_cast<void>(spin.as_worker(called));
            lock.lock();
            if (called()) {
                return;
            }
            worker_spins_ = false;
        }
        spin.worker_sleeps();
        work_.wait(lock);
        spin.worker_wakes();
    }

    std::mutex mutex;
    std::condition_variable room;  ///< callers wait until fewer requests are in flight
    bool cancels_asked = false;    ///< since workers last looked, under `mutex`
    idle_spin spin;

private:
    std::unique_ptr<request_slot[]> slots_;
    std::size_t capacity_;
    std::uint32_t free_ = none;

    std::condition_variable work_;  ///< workers wait for calls
    std::atomic<std::uint32_t> calls_{0};
    bool worker_spins_ = false;  ///< and has not been called yet, under `mutex`
};

}  // namespace soma
