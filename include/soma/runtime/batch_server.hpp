// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Worker threads that serve requests of any size with a model of a fixed batch.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <soma/runtime/batch_former.hpp>
#include <soma/runtime/batch_worker.hpp>
#include <soma/runtime/completion.hpp>
#include <soma/runtime/request_pool.hpp>
#include <soma/runtime/server_options.hpp>
#include <soma/runtime/server_status.hpp>

namespace soma {

/// `server` without the program's type: what it knows of the model is a function.
///
/// One lock guards queue, slots and counters; it is held for bookkeeping only, never while a model
/// or a function of the user's runs. Nothing is allocated after construction.
class batch_server {
public:
    /// Makes what runs the batches of one worker, on that worker's thread.
    using make_runner = std::function<run_batch(int worker)>;

    /// \throws what `make` throws, or std::invalid_argument for options out of range
    batch_server(const batch_shape& shape,
                 server_plan plan,
                 server_processing processing,
                 const make_runner& make)
        : shape_(shape),
          plan_(std::move(plan)),
          processing_(std::move(processing)),
          inputs_(processing_.inputs != 0 ? processing_.inputs : shape.inputs),
          outputs_(processing_.outputs != 0 ? processing_.outputs : shape.outputs),
          pool_(std::make_shared<request_pool>(static_cast<std::size_t>(plan_.options.handles))),
          former_(*pool_, shape.samples, plan_.options.max_delay),
          workers_(static_cast<std::size_t>(plan_.options.workers)) {
        if ((!processing_.before && inputs_ != shape.inputs)
            || (!processing_.after && outputs_ != shape.outputs)) {
            throw std::invalid_argument(
                "soma: server_processing: another size needs a function that makes it");
        }
        threads_.reserve(workers_.size());
        try {
            for (std::size_t i = 0; i < workers_.size(); ++i) {
                threads_.emplace_back([this, i, &make] { work(i, make); });
            }
            std::unique_lock lock(pool_->mutex);
            pool_->room.wait(lock, [&] { return started_ == workers_.size(); });
        } catch (...) {
            const std::lock_guard lock(pool_->mutex);
            failure_ = std::current_exception();
        }
        if (failed()) {
            stop(stop_mode::cancel);
            std::rethrow_exception(failure_);
        }
    }
    batch_server(const batch_server&) = delete;
    batch_server& operator=(const batch_server&) = delete;

    /// Drains. \pre no other thread is in `submit`; not on a worker's thread.
    ~batch_server() { stop(stop_mode::drain); }

    /// Begins a request; `in` and `out` must live until it is finished. `callback`, if there is
    /// one, is called even if the request is refused.
    completion submit(std::span<const float> in,
                      std::span<float> out,
                      request_options options = {},
                      request_callback callback = {}) noexcept {
        request_result settled;
        completion handle = begin(in, out, std::move(options), callback, settled);
        if (settled.status == request_status::pending) {
            return handle;
        }
        if (callback) {
            try {
                callback(settled);
            } catch (...) {
                settled.error = std::current_exception();
            }
        }
        return completion(std::move(settled));
    }

    /// As `submit`; but if the request ends at once, `settled` says how and `callback` stays as it
    /// is and is not called.
    completion begin(std::span<const float> in,
                     std::span<float> out,
                     request_options&& options,
                     request_callback& callback,
                     request_result& settled) noexcept {
        request_pool& pool = *pool_;
        std::unique_lock lock(pool.mutex);
        ++counts_.submitted;
        const std::size_t samples = in.size() / inputs_;
        if (in.size() % inputs_ != 0) {
            settled = {request_status::refused, request_refusal::input_is_not_whole_samples,
                       nullptr};
        } else if (out.size() != samples * outputs_) {
            settled = {request_status::refused, request_refusal::output_does_not_match, nullptr};
        } else {
            settled = admit(lock, options);
            if (settled.status == request_status::pending && samples == 0) {
                settled.status = request_status::done;
            }
        }
        std::uint32_t i = request_pool::none;
        if (settled.status == request_status::pending) {
            i = pool.acquire();
            if (i == request_pool::none) {
                settled = {request_status::refused, request_refusal::no_handle, nullptr};
            }
        }
        if (i == request_pool::none) {
            counts_.count(settled.status);
            return {};
        }
        ++in_flight_;
        request_slot& slot = pool[i];
        slot.in = in.data();
        slot.out = out.data();
        slot.samples = samples;
        slot.arrival = serving_clock::now();
        slot.options = std::move(options);
        slot.callback = std::move(callback);
        const std::uint32_t generation = slot.generation;
        if (former_.add(i) || in_flight_ == limit()) {
            pool.work.notify_one();
        }
        return {pool_, i, generation};
    }

    /// Takes no more requests, ends those that have not begun or lets them run, as `mode` says, and
    /// returns when all are finished and the workers are gone. May be called again and from any
    /// thread; `cancel` after `drain` cancels what is left. On a worker's thread, in a callback for
    /// example, it does not wait.
    void stop(stop_mode mode = stop_mode::drain) noexcept {
        {
            const std::lock_guard lock(pool_->mutex);
            stopping_ = true;
            cancelling_ = cancelling_ || mode == stop_mode::cancel;
            pool_->work.notify_all();
            pool_->room.notify_all();
        }
        if (serving_here() == this) {
            return;
        }
        const std::lock_guard lock(joining_);
        for (std::thread& t : threads_) {
            if (t.joinable()) {
                t.join();
            }
        }
    }

    [[nodiscard]] server_status status() const noexcept {
        const std::lock_guard lock(pool_->mutex);
        return {.requests = counts_,
                .queued_requests = former_.requests(),
                .queued_samples = former_.samples(),
                .in_flight = in_flight_,
                .batches = batches_,
                .samples = samples_,
                .batch_size = shape_.samples,
                .latency = latency_,
                .uptime = serving_clock::now() - started_at_};
    }
    [[nodiscard]] int workers() const noexcept { return static_cast<int>(workers_.size()); }

    /// \pre `0 <= worker < workers()`
    [[nodiscard]] worker_status worker(int worker) const noexcept {
        const std::lock_guard lock(pool_->mutex);
        return workers_[static_cast<std::size_t>(worker)]->status;
    }
    [[nodiscard]] std::size_t in_flight_limit() const noexcept { return limit(); }

private:
    using guard = std::unique_lock<std::mutex>;

    [[nodiscard]] bool failed() const noexcept {
        const std::lock_guard lock(pool_->mutex);
        return failure_ != nullptr;
    }

    /// The server whose worker this thread is.
    [[nodiscard]] static const void*& serving_here() noexcept {
        static thread_local const void* server = nullptr;
        return server;
    }
    [[nodiscard]] std::size_t limit() const noexcept {
        return static_cast<std::size_t>(plan_.options.in_flight);
    }

    /// Waits for room in flight, if it should; `pending` once there is.
    [[nodiscard]] request_result admit(guard& lock, const request_options& options) noexcept {
        const bool may_wait = plan_.options.when_full == when_full::wait && serving_here() != this;
        while (!stopping_ && in_flight_ >= limit()) {
            if (!may_wait) {
                return {request_status::refused, request_refusal::full, nullptr};
            }
            ++waiting_;
            const bool late = wait_until(pool_->room, lock, options.deadline);
            --waiting_;
            if (late && in_flight_ >= limit() && !stopping_) {
                return {request_status::expired, request_refusal::none, nullptr};
            }
        }
        return stopping_
                   ? request_result{request_status::refused, request_refusal::stopped, nullptr}
                   : request_result{};
    }

    /// True if `end` has come.
    static bool wait_until(std::condition_variable& what,
                           guard& lock,
                           serving_clock::time_point end) noexcept {
        if (end == serving_clock::time_point::max()) {
            what.wait(lock);
            return false;
        }
        return what.wait_until(lock, end) == std::cv_status::timeout;
    }

    void work(std::size_t index, const make_runner& make) noexcept {
        serving_here() = this;
        run_batch model;
        std::exception_ptr failure;
        try {
            plan_.settle_thread();
            workers_[index] = std::make_unique<batch_worker>(
                shape_, processing_, plan_.options.detect_nan, pool_->capacity());
            model = make(static_cast<int>(index));
        } catch (...) {
            failure = std::current_exception();
        }
        guard lock(pool_->mutex);
        ++started_;
        pool_->room.notify_all();  // `make` is not there any more from here on
        if (failure != nullptr) {
            failure_ = failure;
            return;
        }
        while (take(lock, *workers_[index])) {
            batch_worker& own = *workers_[index];
            lock.unlock();
            const auto start = serving_clock::now();
            own.run(model);
            const auto end = serving_clock::now();
            lock.lock();
            own.status.busy += end - start;
            ++own.status.batches;
            ++batches_;
            samples_ += own.samples;
            for (batch_part& part : own.parts) {
                former_.settle(part, own.ended);
            }
            own.parts.clear();
            finish(lock, own.ended);
        }
    }

    /// Waits until there is a batch for this worker; false when there will be none.
    bool take(guard& lock, batch_worker& own) noexcept {
        for (;;) {
            const auto now = serving_clock::now();
            if (cancelling_ || pool_->cancels_asked) {
                pool_->cancels_asked = false;
                former_.sweep(now, cancelling_, own.ended);
            } else if (former_.ready(now)
                       || (!former_.empty() && (stopping_ || in_flight_ >= limit()))) {
                former_.take(now, own.parts, own.ended);
            }
            if (!own.parts.empty() || !own.ended.empty()) {
                if (!former_.empty()) {
                    pool_->work.notify_one();  // somebody has to mind the rest
                }
                finish(lock, own.ended);
                if (!own.parts.empty()) {
                    return true;
                }
            } else if (!former_.empty()) {
                wait_until(pool_->work, lock, former_.start_by());
            } else if (stopping_) {
                return false;
            } else {
                pool_->work.wait(lock);
            }
        }
    }

    /// Makes the ends of these requests known. The lock is free meanwhile.
    void finish(guard& lock, std::vector<std::uint32_t>& ended) noexcept {
        if (ended.empty()) {
            return;
        }
        const auto now = serving_clock::now();
        in_flight_ -= ended.size();  // before callbacks, which may submit
        for (const std::uint32_t i : ended) {
            if (request_slot& slot = (*pool_)[i]; !slot.callback) {
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
    }

    batch_shape shape_;
    server_plan plan_;
    server_processing processing_;
    std::size_t inputs_;
    std::size_t outputs_;
    std::shared_ptr<request_pool> pool_;

    // Under the pool's lock.
    batch_former former_;
    request_counts counts_{};
    latency_histogram latency_{};
    std::size_t in_flight_ = 0;
    std::size_t waiting_ = 0;
    std::size_t started_ = 0;
    std::uint64_t batches_ = 0;
    std::uint64_t samples_ = 0;
    bool stopping_ = false;
    bool cancelling_ = false;
    std::exception_ptr failure_;

    serving_clock::time_point started_at_ = serving_clock::now();
    std::vector<std::unique_ptr<batch_worker>> workers_;
    std::mutex joining_;
    std::vector<std::thread> threads_;
};

}  // namespace soma
