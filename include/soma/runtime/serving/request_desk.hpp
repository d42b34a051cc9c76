// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where requests come in, wait, are handed to workers in batches, and are accounted for.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <soma/runtime/serving/batch_former.hpp>
#include <soma/runtime/serving/batch_worker.hpp>
#include <soma/runtime/serving/completion.hpp>
#include <soma/runtime/serving/request_pool.hpp>
#include <soma/runtime/serving/server_options.hpp>
#include <soma/runtime/serving/server_status.hpp>
#include <soma/runtime/serving/timeline.hpp>

namespace soma {

/// What clients and workers of one server share. Has no thread of its own.
///
/// One lock guards queue, slots and counters; it is held for bookkeeping only, never while a model
/// or a function of the user's runs. Nothing is allocated after construction.
class request_desk {
public:
    /// \param shape what a request's sample and result hold, which processing may have changed
    /// \param spare cores that no worker needs, on which clients may spin; negative: nobody spins
    request_desk(const batch_shape& shape, const server_options& options, int spare = -1)
        : shape_(shape),
          limit_(static_cast<std::size_t>(options.in_flight)),
          when_full_(options.when_full),
          pool_(std::make_shared<request_pool>(static_cast<std::size_t>(options.handles), spare)),
          former_(*pool_, shape.samples, patience(options.max_delay), shape.in_a_row),
          timeline_(static_cast<std::size_t>(options.timeline_events)) {
        buckets_[0].batch_size = shape.samples;
        for (std::size_t i = 0; i < shape.plan.buckets.size(); ++i) {
            buckets_[i].batch_size = shape.plan.buckets[i].samples;
        }
    }

    [[nodiscard]] const batch_shape& shape() const noexcept { return shape_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return pool_->capacity(); }
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
    /// Bytes of slots and of the queue.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return capacity() * (sizeof(request_slot) + sizeof(std::uint32_t));
    }

    /// Begins a request. If it ends at once, `settled` says how, `callback` stays as it is and is
    /// not called, and there is no handle.
    ///
    /// \param may_wait false on a thread that must not wait for a worker
    completion begin(std::span<const float> in,
                     std::span<float> out,
                     request_options&& options,
                     request_callback& callback,
                     bool may_wait,
                     request_result& settled) noexcept {
        guard lock(pool_->mutex);
        const std::uint64_t id = ++counts_.submitted;
        const std::size_t samples = in.size() / shape_.inputs;
        if (timeline_.records()) {
            timeline_.submitted(id, samples, serving_clock::now());
        }
        if (in.size() % shape_.inputs != 0) {
            settled = refused(request_refusal::input_is_not_whole_samples);
        } else if (out.size() != samples * shape_.outputs) {
            settled = refused(request_refusal::output_does_not_match);
        } else {
            settled = admit(lock, options, may_wait);
        }
        std::uint32_t i = request_pool::none;
        if (settled.status == request_status::pending) {
            if (samples == 0) {
                settled.status = request_status::done;
            } else if (i = pool_->acquire(); i == request_pool::none) {
                settled = refused(request_refusal::no_handle);
            }
        }
        if (i == request_pool::none) {
            counts_.count(settled.status);
            if (timeline_.records()) {
                timeline_.ended(id, samples, settled.status, serving_clock::now());
            }
            return {};
        }
        pool_->spin.in_flight(++in_flight_);
        request_slot& slot = (*pool_)[i];
        slot.id = id;
        slot.in = in.data();
        slot.out = out.data();
        slot.samples = samples;
        slot.arrival = serving_clock::now();
        slot.options = std::move(options);
        slot.callback = std::move(callback);
        const std::uint32_t generation = slot.generation;
        if (former_.add(i) || in_flight_ == limit_) {
            pool_->call_worker();
        }
        return {pool_, i, generation};
    }

    /// Waits until there is a batch for this worker; false when there will be none.
    ///
    /// A batch is due when it is full, when a request has waited long enough, or when no other
    /// request could join: nothing more is taken, or all that may be in flight are.
    [[nodiscard]] bool next(batch_worker& worker) noexcept {
        guard lock(pool_->mutex);
        while (await(lock, worker)) {
            if (take(lock, worker)) {
                return true;
            }
        }
        return false;
    }

    /// The first half of `next`, for a worker that needs something else before it can run a batch:
    /// waits until one is due; false when there will be none. More requests may still join. To be
    /// followed by `take`.
    [[nodiscard]] bool await(batch_worker& worker) noexcept {
        guard lock(pool_->mutex);
        if (await(lock, worker)) {
            worker.expected = true;
            ++expected_;
            return true;
        }
        return false;
    }

    /// The second half: false if no batch is due, because others have taken it or because all of
    /// it turned out to be over.
    [[nodiscard]] bool take(batch_worker& worker) noexcept {
        guard lock(pool_->mutex);
        expected_ -= std::exchange(worker.expected, false) ? 1U : 0U;
        return take(lock, worker);
    }

    /// Takes back the batch that the worker has run.
    void settle(batch_worker& worker,
                serving_clock::time_point began,
                serving_clock::time_point ended) noexcept {
        guard lock(pool_->mutex);
        worker.status.busy += ended - began;
        samples_ += worker.samples;
        const std::uint64_t padding_before = padding_;
        shape_.plan.for_each_run(worker.samples, [&](std::size_t bucket, std::size_t samples) {
            ++worker.status.batches;
            ++batches_;
            ++buckets_[bucket].batches;
            padding_ += buckets_[bucket].batch_size - samples;
        });
        if (timeline_.records()) {
            timeline_.batch(worker.index, worker.cores, worker.samples,
                            worker.samples + padding_ - padding_before, began, ended);
        }
        for (batch_part& part : worker.parts) {
            former_.settle(part, worker.ended);
        }
        worker.parts.clear();
        finish(lock, worker.ended);
    }

    /// Takes no more requests; workers go when there is nothing left. May be called again.
    void close(stop_mode mode) noexcept {
        const std::lock_guard lock(pool_->mutex);
        closed_ = true;
        cancelling_ = cancelling_ || mode == stop_mode::cancel;
        pool_->call_workers();
        pool_->room.notify_all();
    }

    [[nodiscard]] server_status status() const noexcept {
        const std::lock_guard lock(pool_->mutex);
        return {.requests = counts_,
                .queued_requests = former_.requests(),
                .queued_samples = former_.samples(),
                .in_flight = in_flight_,
                .batches = batches_,
                .samples = samples_,
                .padding = padding_,
                .batch_size = shape_.samples,
                .bucket_count = bucket_count(),
                .buckets = buckets_,
                .latency = latency_,
                .uptime = serving_clock::now() - opened_};
    }
    [[nodiscard]] worker_status status(const batch_worker& worker) const noexcept {
        const std::lock_guard lock(pool_->mutex);
        return worker.status;
    }

    [[nodiscard]] bool records_timeline() const noexcept { return timeline_.records(); }
    [[nodiscard]] soma::timeline timeline() const { return copy_timeline(timeline_, pool_->mutex); }
    [[nodiscard]] std::size_t timeline_bytes() const noexcept { return timeline_.memory_bytes(); }

private:
    using guard = std::unique_lock<std::mutex>;

    [[nodiscard]] std::size_t bucket_count() const noexcept {
        return std::max<std::size_t>(1, shape_.plan.buckets.size());
    }

    [[nodiscard]] static request_result refused(request_refusal why) noexcept {
        return {request_status::refused, why, nullptr};
    }

    /// Waits for room in flight, if it should; `pending` once there is.
    [[nodiscard]] request_result admit(guard& lock,
                                       const request_options& options,
                                       bool may_wait) noexcept {
        while (!closed_ && in_flight_ >= limit_) {
            if (!may_wait || when_full_ == when_full::refuse) {
                return refused(request_refusal::full);
            }
            ++waiting_;
            const bool late = await_room(lock, options.deadline);
            --waiting_;
            if (late && in_flight_ >= limit_ && !closed_) {
                return {request_status::expired, request_refusal::none, nullptr};
            }
        }
        return closed_ ? refused(request_refusal::stopped) : request_result{};
    }

    [[nodiscard]] bool due(serving_clock::time_point now) const noexcept {
        return former_.ready(now) || (!former_.empty() && (closed_ || in_flight_ >= limit_));
    }

    /// Drops what is cancelled, if there may be something.
    void sweep(serving_clock::time_point now, batch_worker& worker) noexcept {
        if (cancelling_ || pool_->cancels_asked) {
            pool_->cancels_asked = false;
            former_.sweep(now, cancelling_, worker.ended);
        }
    }

    /// Waits until a batch is due that no other worker is expected to take.
    [[nodiscard]] bool await(guard& lock, batch_worker& worker) noexcept {
        for (;;) {
            const auto now = serving_clock::now();
            sweep(now, worker);
            if (!worker.ended.empty()) {
                make_known(lock, worker);
            } else if (former_.empty() && closed_) {
                pool_->call_workers();  // others may wait for what was expected here
                return false;
            } else if (former_.samples() <= expected_ * shape_.samples) {
                pool_->await_call(lock, serving_clock::time_point::max());
            } else if (due(now)) {
                return true;
            } else {
                pool_->await_call(lock, former_.start_by());
            }
        }
    }

    /// Takes a batch, if one is due.
    [[nodiscard]] bool take(guard& lock, batch_worker& worker) noexcept {
        const auto now = serving_clock::now();
        sweep(now, worker);
        if (due(now)) {
            former_.take(now, worker.parts, worker.ended);
            if (timeline_.records()) {
                for (const batch_part& part : worker.parts) {
                    if (part.first == 0) {
                        const request_slot& slot = (*pool_)[part.request];
                        timeline_.begun(slot.id, slot.samples, now);
                    }
                }
            }
        }
        if (!worker.parts.empty() || !worker.ended.empty()) {
            make_known(lock, worker);
        }
        return !worker.parts.empty();
    }

    /// Ends what the queue has dropped; and somebody has to mind the rest of it.
    void make_known(guard& lock, batch_worker& worker) noexcept {
        if (!former_.empty()) {
            pool_->call_worker();
        }
        finish(lock, worker.ended);
    }

    /// A worker that sleeps sets out a little early: waking up takes time that requests wait, too.
    [[nodiscard]] static std::chrono::nanoseconds patience(
        std::chrono::nanoseconds max_delay) noexcept {
        constexpr std::chrono::nanoseconds wake_up = std::chrono::microseconds(60);
        return max_delay - std::min(max_delay / 16, wake_up);
    }

    /// True if `end` has come.
    bool await_room(guard& lock, serving_clock::time_point end) noexcept {
        if (end == serving_clock::time_point::max()) {
            pool_->room.wait(lock);
            return false;
        }
        return pool_->room.wait_until(lock, end) == std::cv_status::timeout;
    }

    /// Makes the ends of these requests known. The lock is free meanwhile.
    void finish(guard& lock, std::vector<std::uint32_t>& ended) noexcept {
        if (ended.empty()) {
            return;
        }
        const auto now = serving_clock::now();
        in_flight_ -= ended.size();  // before callbacks, which may submit
        pool_->spin.in_flight(in_flight_);
        for (const std::uint32_t i : ended) {
            if (const request_slot& slot = (*pool_)[i]; !slot.callback) {
                count(slot, now);
            }
        }
        if (waiting_ > 0) {
            pool_->room.notify_all();
        }
        lock.unlock();
        for (const std::uint32_t i : ended) {
            request_slot& slot = (*pool_)[i];
            if (slot.callback) {
                call(slot);
                const guard again(pool_->mutex);
                count(slot, now);
            }
            slot.options.cancel = {};
            pool_->finish(i);
            pool_->release(i);
        }
        ended.clear();
        lock.lock();
    }

    /// An exception in a callback fails its request.
    static void call(request_slot& slot) noexcept {
        try {
            slot.callback(slot.result);
        } catch (...) {
            slot.result = {request_status::failed, request_refusal::none, std::current_exception()};
        }
        slot.callback.reset();
    }

    void count(const request_slot& slot, serving_clock::time_point now) noexcept {
        counts_.count(slot.result.status);
        if (slot.result.status == request_status::done) {
            latency_.record(now - slot.arrival);
        }
        if (timeline_.records()) {
            timeline_.ended(slot.id, slot.samples, slot.result.status, now);
        }
    }

    batch_shape shape_;
    std::size_t limit_;
    when_full when_full_;
    std::shared_ptr<request_pool> pool_;
    serving_clock::time_point opened_ = serving_clock::now();

    // Under the pool's lock.
    batch_former former_;
    request_counts counts_{};
    latency_histogram latency_{};
    std::size_t in_flight_ = 0;
    std::size_t waiting_ = 0;   ///< callers, for room
    std::size_t expected_ = 0;  ///< workers that have seen a batch and will come back for it
    std::uint64_t batches_ = 0;
    std::uint64_t samples_ = 0;
    std::uint64_t padding_ = 0;
    std::array<bucket_status, max_buckets> buckets_{};
    bool closed_ = false;
    bool cancelling_ = false;
    timeline_ring timeline_;
};

}  // namespace soma
