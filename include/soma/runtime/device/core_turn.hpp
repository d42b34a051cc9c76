// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that wait for their model's turn on the cores of a group.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include <soma/runtime/device/core_schedule.hpp>
#include <soma/runtime/device/device_status.hpp>
#include <soma/runtime/serving/request.hpp>

namespace soma {

/// Cores that are shared by models, whose batches hold some of them at a time. Safe to use from any
/// thread.
class group_cores {
public:
    group_cores(int cores, std::chrono::nanoseconds quantum) : schedule_(cores, quantum) {}

    [[nodiscard]] group_status status() const {
        const std::lock_guard lock(mutex_);
        return schedule_.status(serving_clock::now());
    }

private:
    friend class group_share;
    friend class core_turn;

    struct waiter : core_ticket {
        std::condition_variable ready{};
    };

    /// Wakes the threads whose tickets get cores. \pre the caller holds the lock
    void grant() noexcept {
        while (core_ticket* const ticket = schedule_.grant(serving_clock::now())) {
            static_cast<waiter*>(ticket)->ready.notify_one();
        }
    }

    mutable std::mutex mutex_;
    core_schedule schedule_;
};

/// A model's share of a group, for as long as it lives.
class group_share {
public:
    /// \pre `cores` is no more than the group has; `weight > 0`
    group_share(std::shared_ptr<group_cores> group, int cores, double weight = 1)
        : group_(std::move(group)), model_{.cores = cores, .weight = weight} {
        const std::lock_guard lock(group_->mutex_);
        group_->schedule_.join(model_);
    }
    group_share(const group_share&) = delete;
    group_share& operator=(const group_share&) = delete;
    /// \pre no turn of the model is left
    ~group_share() {
        const std::lock_guard lock(group_->mutex_);
        group_->schedule_.leave(model_);
    }

    /// That a batch of the model holds.
    [[nodiscard]] int cores() const noexcept { return model_.cores; }

private:
    friend class core_turn;

    std::shared_ptr<group_cores> group_;
    sharing_model model_;
};

/// Cores in the hands of one thread, which waits for them where the turn begins.
class core_turn {
public:
    explicit core_turn(group_share& share) noexcept
        : group_(*share.group_), ticket_{{.model = share.model_}} {
        std::unique_lock lock(group_.mutex_);
        group_.schedule_.ask(ticket_);
        group_.grant();
        ticket_.ready.wait(lock, [&] { return ticket_.granted; });
    }
    core_turn(const core_turn&) = delete;
    core_turn& operator=(const core_turn&) = delete;
    ~core_turn() {
        const std::lock_guard lock(group_.mutex_);
        group_.schedule_.give_back(ticket_, serving_clock::now());
        group_.grant();
    }

    /// Takes note of a batch; true if the turn may have another one.
    [[nodiscard]] bool goes_on() noexcept {
        const std::lock_guard lock(group_.mutex_);
        return group_.schedule_.goes_on(ticket_, serving_clock::now());
    }

    /// Writes down which cores of the group it has, in ascending order.
    ///
    /// \pre `to` has room for the cores of a batch
    void cores(std::span<int> to) const noexcept {
        const std::lock_guard lock(group_.mutex_);
        group_.schedule_.cores_of(ticket_, to);
    }

private:
    group_cores& group_;
    group_cores::waiter ticket_;
};

}  // namespace soma
