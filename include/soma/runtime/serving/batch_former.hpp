// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which samples of which requests run together, and when.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include <soma/runtime/serving/bounded_queue.hpp>
#include <soma/runtime/serving/request_pool.hpp>

namespace soma {

/// Consecutive samples of one request, in one batch.
struct batch_part {
    std::uint32_t request = 0;
    std::size_t first = 0;
    std::size_t count = 0;
    const float* in = nullptr;  ///< of the whole request
    float* out = nullptr;
    std::exception_ptr error;  ///< what its processing threw
};

/// Requests in the order they came, cut to batches. Has no thread and no clock of its own; every
/// call holds the pool's lock, and none allocates.
class batch_former {
public:
    using time_point = serving_clock::time_point;

    /// \param batch     samples of a full batch
    /// \param max_delay how long a request that fills no batch waits for others
    /// \param in_a_row  batches that are taken at once, where there are as many
    batch_former(request_pool& pool,
                 std::size_t batch,
                 std::chrono::nanoseconds max_delay,
                 std::size_t in_a_row = 1)
        : pool_(pool),
          batch_(batch),
          most_(batch * in_a_row),
          max_delay_(std::max(max_delay, std::chrono::nanoseconds::zero())),
          queue_(pool.capacity()) {}

    [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
    [[nodiscard]] std::size_t requests() const noexcept { return queue_.size(); }
    [[nodiscard]] std::size_t samples() const noexcept { return samples_; }

    /// Queues a request. It waits for others for `max_delay`, but for no more than half of what its
    /// deadline leaves. True if a worker should look: it may have to start earlier than it thinks.
    bool add(std::uint32_t i) noexcept {
        request_slot& slot = pool_[i];
        const time_point end = slot.options.deadline;
        slot.start_by = max_delay_ < time_point::max() - slot.arrival ? slot.arrival + max_delay_
                                                                      : time_point::max();
        if (end <= slot.arrival) {
            slot.start_by = slot.arrival;
        } else if (end != time_point::max()) {
            slot.start_by = std::min(slot.start_by, slot.arrival + (end - slot.arrival) / 2);
        }
        const bool first = samples_ == 0 || slot.start_by < start_by();
        static_cast<void>(queue_.push(i));  // there is room for every slot of the pool
        samples_ += slot.samples;
        return first || samples_ >= batch_;
    }

    /// When the oldest patience ends; `max()` if nobody waits.
    ///
    /// Looks at less than a batch of requests: who asks has not got a full one.
    [[nodiscard]] time_point start_by() const noexcept {
        time_point earliest = time_point::max();
        for (std::size_t i = 0; i < std::min(queue_.size(), batch_); ++i) {
            earliest = std::min(earliest, pool_[queue_[i]].start_by);
        }
        return earliest;
    }

    /// Whether a batch should start at `now`.
    [[nodiscard]] bool ready(time_point now) const noexcept {
        return samples_ >= batch_ || (!queue_.empty() && start_by() <= now);
    }

    /// Fills `parts` with the oldest samples, as many as may be taken at once, and `ended` with
    /// requests that turned out to be over: cancelled or late. Each request is at most once in
    /// either.
    void take(time_point now, std::vector<batch_part>& parts, std::vector<std::uint32_t>& ended) {
        std::size_t left = most_;
        while (left > 0 && !queue_.empty()) {
            const std::uint32_t i = queue_.front();
            request_slot& slot = pool_[i];
            if (const request_status over = verdict(slot, now); over != request_status::pending) {
                queue_.pop();
                drop(i, over, ended);
                continue;
            }
            const std::size_t count = std::min(left, slot.samples - slot.begun);
            parts.push_back({i, slot.begun, count, slot.in, slot.out, nullptr});
            slot.begun += count;
            slot.running += count;
            samples_ -= count;
            left -= count;
            if (slot.begun == slot.samples) {
                queue_.pop();
            }
        }
    }

    /// Takes out of the queue what is over at `now`; everything if `all`.
    void sweep(time_point now, bool all, std::vector<std::uint32_t>& ended) {
        queue_.remove_if([&](std::uint32_t i) {
            const request_status over = all ? request_status::cancelled : verdict(pool_[i], now);
            if (over == request_status::pending) {
                return false;
            }
            drop(i, over, ended);
            return true;
        });
    }

    /// Takes note that `part` has run; `ended` gets its request if that is finished now. A request
    /// with an error is: what of it waits is dropped.
    void settle(batch_part& part, std::vector<std::uint32_t>& ended) {
        request_slot& slot = pool_[part.request];
        slot.running -= part.count;
        if (part.error != nullptr) {
            if (slot.result.status == request_status::pending) {
                slot.result.status = request_status::failed;
                slot.result.error = std::move(part.error);
            }
            if (slot.begun < slot.samples) {
                queue_.remove_if([&](std::uint32_t i) { return i == part.request; });
                samples_ -= slot.samples - slot.begun;
                slot.begun = slot.samples;
            }
        }
        if (slot.begun == slot.samples && slot.running == 0) {
            if (slot.result.status == request_status::pending) {
                slot.result.status = request_status::done;
            }
            ended.push_back(part.request);
        }
    }

private:
    /// `pending` for a request that should run.
    [[nodiscard]] static request_status verdict(const request_slot& slot, time_point now) noexcept {
        if (slot.cancel_asked || slot.options.cancel.stop_requested()) {
            return request_status::cancelled;
        }
        return now >= slot.options.deadline ? request_status::expired : request_status::pending;
    }

    void drop(std::uint32_t i, request_status why, std::vector<std::uint32_t>& ended) {
        request_slot& slot = pool_[i];
        samples_ -= slot.samples - slot.begun;
        slot.begun = slot.samples;
        slot.result.status = why;
        if (slot.running == 0) {
            ended.push_back(i);
        }
    }

    request_pool& pool_;
    std::size_t batch_;
    std::size_t most_;
    std::chrono::nanoseconds max_delay_;
    bounded_queue<std::uint32_t> queue_;
    std::size_t samples_ = 0;
};

}  // namespace soma
