// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Worker threads that serve requests of any size with a model of a fixed batch.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <soma/runtime/device/core_turn.hpp>
#include <soma/runtime/serving/batch_worker.hpp>
#include <soma/runtime/serving/completion.hpp>
#include <soma/runtime/serving/request_desk.hpp>
#include <soma/runtime/serving/server_options.hpp>
#include <soma/runtime/serving/server_status.hpp>
#include <soma/runtime/threads/timer_slack.hpp>

namespace soma {

/// `server` without the program's type: what it knows of the model is a function.
class batch_server {
public:
    /// Makes what runs the batches of one worker, on that worker's thread.
    using make_runner = std::function<run_batch(int worker)>;

    /// \param share cores that other models use, too: batches wait for their turn on them. Null
    ///              where workers run whenever the system lets them. Must outlive the server.
    /// \throws what `make` throws, or std::invalid_argument for options out of range
    batch_server(const batch_shape& shape,
                 server_plan plan,
                 server_processing processing,
                 const make_runner& make,
                 group_share* share = nullptr)
        : shape_(shape),
          plan_(std::move(plan)),
          processing_(std::move(processing)),
          share_(share),
          // Cores that are shared with other models are not this one's to spare.
          desk_(seen_by_callers(shape, processing_),
                plan_.options,
                share == nullptr ? plan_.spare : -1),
          workers_(static_cast<std::size_t>(plan_.options.workers)) {
        threads_.reserve(workers_.size());
        try {
            for (std::size_t i = 0; i < workers_.size(); ++i) {
                threads_.emplace_back([this, i, &make] { work(i, make); });
            }
            std::unique_lock lock(starting_);
            one_started_.wait(lock, [&] { return started_ == workers_.size(); });
        } catch (...) {
            failed_with(std::current_exception());
        }
        if (const std::exception_ptr failure = failed_with(nullptr)) {
            desk_.close(stop_mode::cancel);
            join();
            std::rethrow_exception(failure);
        }
    }
    batch_server(const batch_server&) = delete;
    batch_server& operator=(const batch_server&) = delete;

    /// Drains. \pre no other thread is in `submit`; on a worker's thread all has been stopped, or
    /// there has been no request.
    ~batch_server() {
        desk_.close(stop_mode::drain);
        join();
    }

    /// Begins a request; `in` and `out` must live until it is finished. `callback`, if there is
    /// one, is called even if the request ends at once, as a refused or an empty one does.
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
        return desk_.begin(in, out, std::move(options), callback, !on_worker(), settled);
    }

    /// Takes no more requests, ends those that have not begun or lets them run, as `mode` says, and
    /// returns when all are finished and the workers are gone. May be called again and from any
    /// thread; `cancel` after `drain` cancels what is left. On a worker's thread, in a callback for
    /// example, it does not wait.
    void stop(stop_mode mode = stop_mode::drain) noexcept {
        desk_.close(mode);
        if (!on_worker()) {
            join();
        }
    }

    [[nodiscard]] server_status status() const noexcept { return desk_.status(); }
    /// The latest `server_options::timeline_events` events.
    [[nodiscard]] soma::timeline timeline() const { return desk_.timeline(); }
    [[nodiscard]] int workers() const noexcept { return static_cast<int>(workers_.size()); }

    /// \pre `0 <= worker < workers()`
    [[nodiscard]] worker_status worker(int worker) const noexcept {
        return desk_.status(*workers_[static_cast<std::size_t>(worker)]);
    }
    /// Values of a sample and of a result, as callers see them.
    [[nodiscard]] std::size_t sample_inputs() const noexcept { return desk_.shape().inputs; }
    [[nodiscard]] std::size_t sample_outputs() const noexcept { return desk_.shape().outputs; }
    [[nodiscard]] std::size_t in_flight_limit() const noexcept { return desk_.limit(); }

    /// Whether the calling thread is a worker that must not wait for this server: its own, or, of
    /// servers that share cores, any such, for it may hold what this one waits for.
    [[nodiscard]] bool on_worker() const noexcept { return serving_here() == circle(); }

    /// Bytes of slots, queues, and where workers gather and scatter.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return desk_.memory_bytes() + worker_bytes_.load(std::memory_order_relaxed);
    }
    /// Bytes of what keeps the events.
    [[nodiscard]] std::size_t timeline_bytes() const noexcept { return desk_.timeline_bytes(); }

private:
    /// Sizes of a sample and a result outside.
    [[nodiscard]] static batch_shape seen_by_callers(batch_shape shape,
                                                     const server_processing& processing) {
        if ((!processing.before && processing.inputs != 0 && processing.inputs != shape.inputs)
            || (!processing.after && processing.outputs != 0
                && processing.outputs != shape.outputs)) {
            throw std::invalid_argument(
                "soma: server_processing: another size needs a function that makes it");
        }
        shape.inputs = processing.inputs != 0 ? processing.inputs : shape.inputs;
        shape.outputs = processing.outputs != 0 ? processing.outputs : shape.outputs;
        return shape;
    }

    /// What the servers have in common whose workers must not wait for each other. Those that share
    /// cores are one circle, whichever cores: two groups could wait for each other.
    [[nodiscard]] const void* circle() const noexcept {
        static constexpr char sharing = 0;
        return share_ != nullptr ? static_cast<const void*>(&sharing) : this;
    }
    /// The circle whose worker this thread is.
    [[nodiscard]] static const void*& serving_here() noexcept {
        static thread_local const void* circle = nullptr;
        return circle;
    }

    void join() noexcept {
        const std::lock_guard lock(joining_);
        for (std::thread& t : threads_) {
            if (t.joinable()) {
                t.join();
            }
        }
    }

    /// Keeps the first failure; returns it, or null.
    std::exception_ptr failed_with(std::exception_ptr failure) noexcept {
        const std::lock_guard lock(starting_);
        if (failure_ == nullptr) {
            failure_ = std::move(failure);
        }
        return failure_;
    }

    void work(std::size_t index, const make_runner& make) noexcept {
        serving_here() = circle();
        run_batch model;
        try {
            plan_.settle_thread();
            wake_on_time();
            workers_[index] = std::make_unique<batch_worker>(
                shape_, processing_, plan_.options.detect_nan, desk_.capacity());
            workers_[index]->index = static_cast<int>(index);
            workers_[index]->cores.assign(
                share_ == nullptr ? 1U : static_cast<std::size_t>(share_->cores()),
                static_cast<int>(index));
            worker_bytes_ += workers_[index]->memory_bytes();
            model = make(static_cast<int>(index));
        } catch (...) {
            failed_with(std::current_exception());
        }
        {
            const std::lock_guard lock(starting_);
            ++started_;
            one_started_.notify_one();  // from here on `make` is gone
        }
        if (!model) {
            return;
        }
        batch_worker& own = *workers_[index];
        if (share_ == nullptr) {
            while (desk_.next(own)) {
                serve(own, model);
            }
        } else {
            while (desk_.await(own)) {
                core_turn turn(*share_);
                if (desk_.records_timeline()) {
                    turn.cores(own.cores);
                }
                while (desk_.take(own)) {
                    serve(own, model);
                    if (!turn.goes_on()) {
                        break;
                    }
                }
            }
        }
        worker_bytes_ -= own.memory_bytes();
        own.retire();
    }

    void serve(batch_worker& own, const run_batch& model) noexcept {
        const auto start = serving_clock::now();
        own.run(model);
        desk_.settle(own, start, serving_clock::now());
    }

    batch_shape shape_;
    server_plan plan_;
    server_processing processing_;
    group_share* share_;
    request_desk desk_;
    std::vector<std::unique_ptr<batch_worker>> workers_;
    std::atomic<std::size_t> worker_bytes_{0};

    std::mutex starting_;
    std::condition_variable one_started_;
    std::size_t started_ = 0;
    std::exception_ptr failure_;

    std::mutex joining_;
    std::vector<std::thread> threads_;
};

}  // namespace soma
