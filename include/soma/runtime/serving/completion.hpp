// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a caller holds of a request: a future without an allocation.

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <soma/runtime/serving/request_pool.hpp>

namespace soma {

/// Cancels one request, from any thread, for as long as it likes: once the request is over and its
/// slot belongs to another one, nothing happens. May be copied.
class canceller {
public:
    canceller() noexcept = default;
    canceller(std::shared_ptr<request_pool> pool,
              std::uint32_t slot,
              std::uint32_t generation) noexcept
        : pool_(std::move(pool)), slot_(slot), generation_(generation) {}

    void cancel() const noexcept {
        if (pool_ != nullptr) {
            pool_->cancel(slot_, generation_);
        }
    }

private:
    std::shared_ptr<request_pool> pool_;
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
};

/// A request's handle. It may outlive its server.
///
/// Dropping it does not end or await the request, whose buffers must live until it is finished. One
/// thread at a time uses a handle; a `canceller` is for others.
class [[nodiscard]] completion {
public:
    /// No request.
    completion() noexcept = default;

    /// A request that ended before it was queued.
    explicit completion(request_result settled) noexcept : settled_(std::move(settled)) {}

    /// The request in `slot`, of which this is an owner from now on.
    completion(std::shared_ptr<request_pool> pool,
               std::uint32_t slot,
               std::uint32_t generation) noexcept
        : pool_(std::move(pool)), slot_(slot), generation_(generation) {}

    completion(completion&& other) noexcept
        : pool_(std::move(other.pool_)),
          slot_(other.slot_),
          generation_(other.generation_),
          settled_(std::exchange(other.settled_, {})) {}
    completion& operator=(completion&& other) noexcept {
        if (this != &other) {
            let_go();
            pool_ = std::move(other.pool_);
            slot_ = other.slot_;
            generation_ = other.generation_;
            settled_ = std::exchange(other.settled_, {});
        }
        return *this;
    }
    ~completion() { let_go(); }

    /// Whether the request is finished: `wait` would not wait.
    [[nodiscard]] bool ready() const noexcept {
        return pool_ == nullptr || slot().finished.load(std::memory_order_acquire) != 0;
    }

    /// Sleeps until the request is finished, and looks for a moment first where there is a core to
    /// spare. Not for a worker's thread, whose work may be what it waits for.
    request_status wait() const noexcept {
        if (!ready() && !pool_->spin.as_client([this] { return ready(); })) {
            while (slot().finished.load(std::memory_order_acquire) == 0) {
                slot().finished.wait(0, std::memory_order_acquire);
            }
        }
        return status();
    }

    /// `pending` until the request is finished.
    [[nodiscard]] request_status status() const noexcept {
        return ready() ? result().status : request_status::pending;
    }
    [[nodiscard]] request_refusal reason() const noexcept {
        return ready() ? result().reason : request_refusal::none;
    }
    /// What a failed request failed with.
    [[nodiscard]] std::exception_ptr error() const noexcept {
        return ready() ? result().error : nullptr;
    }

    /// Asks the server to drop what has not begun. The request still finishes: as `cancelled`, or
    /// as `done` if all of it had begun.
    void cancel() const noexcept {
        if (pool_ != nullptr) {
            pool_->cancel(slot_, generation_);
        }
    }
    [[nodiscard]] soma::canceller canceller() const noexcept { return {pool_, slot_, generation_}; }

private:
    [[nodiscard]] request_slot& slot() const noexcept { return (*pool_)[slot_]; }
    [[nodiscard]] const request_result& result() const noexcept {
        return pool_ == nullptr ? settled_ : slot().result;
    }
    void let_go() noexcept {
        if (pool_ != nullptr) {
            pool_->release(slot_);
            pool_ = nullptr;
        }
    }

    std::shared_ptr<request_pool> pool_;
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
    request_result settled_{};
};

}  // namespace soma
