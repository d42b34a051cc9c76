// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What lies between two neighbouring stages of a pipeline.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <soma/runtime/threads/doorbell.hpp>

namespace soma {

/// A bounded queue with one producer and one consumer, whose places are numbered.
///
/// The producer waits for a slot, fills whatever it keeps under that slot's number, and publishes
/// it; the consumer waits for the oldest one, empties it and gives it back. Who is faster waits:
/// for a bounded time spinning, then asleep. Nothing allocates or locks.
///
/// \tparam Item what the ring itself carries along; copied, so something small
template <class Item, int Slots>
class stage_ring {
    static_assert(Slots > 0, "stage_ring: without a slot nothing passes");

public:
    static constexpr int slots = Slots;
    /// In place of a slot: the ring was stopped.
    static constexpr int none = -1;

    /// \param spins rounds before a wait sleeps; 0 where spinning would hold a core that others
    /// need
    explicit stage_ring(int spins) noexcept : bell_(spins) {}
    stage_ring(const stage_ring&) = delete;
    stage_ring& operator=(const stage_ring&) = delete;

    /// Producer: the next slot, once it is free.
    [[nodiscard]] int wait_free() noexcept {
        const std::uint64_t at = published_.load(std::memory_order_relaxed);
        bell_.wait_until([&] { return at - released_.load() < Slots || stopped_.load(); });
        return at - released_.load() < Slots ? slot_of(at) : none;
    }

    /// Producer: hands over the slot that `wait_free` returned, with `item`.
    void publish(const Item& item) noexcept {
        const std::uint64_t at = published_.load(std::memory_order_relaxed);
        items_[static_cast<std::size_t>(slot_of(at))] = item;
        published_.store(at + 1);
        bell_.ring();
    }

    /// Consumer: the oldest slot, once there is one; \p item is what came with it. A ring that was
    /// stopped is emptied first.
    [[nodiscard]] int wait_full(Item& item) noexcept {
        const std::uint64_t at = released_.load(std::memory_order_relaxed);
        bell_.wait_until([&] { return published_.load() != at || stopped_.load(); });
        if (published_.load() == at) {
            return none;
        }
        item = items_[static_cast<std::size_t>(slot_of(at))];
        return slot_of(at);
    }

    /// Consumer: gives back the slot that `wait_full` returned.
    void release() noexcept {
        released_.store(released_.load(std::memory_order_relaxed) + 1);
        bell_.ring();
    }

    /// Anybody: ends all waits, now and later.
    void stop() noexcept {
        stopped_.store(true);
        bell_.ring();
    }

private:
    [[nodiscard]] static constexpr int slot_of(std::uint64_t at) noexcept {
        return static_cast<int>(at % Slots);
    }

    doorbell bell_;
    alignas(64) std::atomic<std::uint64_t> published_{0};  ///< written by the producer alone
    std::array<Item, static_cast<std::size_t>(Slots)> items_{};
    alignas(64) std::atomic<std::uint64_t> released_{0};  ///< written by the consumer alone
    std::atomic<bool> stopped_{false};
};

}  // namespace soma
