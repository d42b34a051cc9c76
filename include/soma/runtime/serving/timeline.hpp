// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a server did when: events of its requests and batches, the latest of which are kept.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <tuple>
#include <vector>

#include <soma/runtime/serving/request.hpp>

namespace soma {

/// What happened, in the order in which it can happen to a request.
enum class timeline_kind : std::uint8_t {
    submitted,  ///< a request came in
    begun,      ///< a worker has the first of its samples
    batch,      ///< a batch ran on one core; one that holds several is an event for each
    ended,      ///< its results are there, or never will be; known when its callback has returned
};

/// One event. Fields that its kind does not name are zero.
struct timeline_event {
    timeline_kind kind = timeline_kind::submitted;
    request_status status = request_status::pending;  ///< ended: as what
    serving_clock::time_point at{};                   ///< batch: when it began
    serving_clock::time_point until{};                ///< batch: when it ended
    /// Of the request or of the batch: a count of the server's own, of each from 1.
    std::uint64_t id = 0;
    std::size_t samples = 0;   ///< of the request, or of the batch without padding
    std::size_t capacity = 0;  ///< batch: with padding, of all compiled batches that it ran in
    int worker = 0;            ///< batch: of the server
    int core = 0;  ///< batch: of the group; the worker, where the server is on no device
};

/// A copy of what was kept, in the order of `timeline_event::at`; of what happened at the same
/// time, in that of `timeline_kind`.
struct timeline {
    std::vector<timeline_event> events{};
    std::uint64_t lost = 0;  ///< older events, in whose places others are
};

/// The latest events, in memory of a fixed size. Not synchronised; allocates in its constructor
/// only.
class timeline_ring {
public:
    using time_point = serving_clock::time_point;

    /// \param capacity events that are kept; 0: there is nothing to record to
    explicit timeline_ring(std::size_t capacity)
        : events_(capacity == 0 ? nullptr : std::make_unique<timeline_event[]>(capacity)),
          capacity_(capacity) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool records() const noexcept { return capacity_ != 0; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return capacity_ * sizeof(timeline_event);
    }

    // Each of these records. \pre `records()`

    void submitted(std::uint64_t request, std::size_t samples, time_point now) noexcept {
        record({.kind = timeline_kind::submitted, .at = now, .id = request, .samples = samples});
    }
    void begun(std::uint64_t request, std::size_t samples, time_point now) noexcept {
        record({.kind = timeline_kind::begun, .at = now, .id = request, .samples = samples});
    }
    void ended(std::uint64_t request,
               std::size_t samples,
               request_status status,
               time_point now) noexcept {
        record({.kind = timeline_kind::ended,
                .status = status,
                .at = now,
                .id = request,
                .samples = samples});
    }
    void batch(int worker,
               std::span<const int> cores,
               std::size_t samples,
               std::size_t capacity,
               time_point at,
               time_point until) noexcept {
        ++batches_;
        for (const int core : cores) {
            record({.kind = timeline_kind::batch,
                    .at = at,
                    .until = until,
                    .id = batches_,
                    .samples = samples,
                    .capacity = capacity,
                    .worker = worker,
                    .core = core});
        }
    }
    void record(const timeline_event& event) noexcept {
        events_[place_] = event;
        place_ = place_ + 1 == capacity_ ? 0 : place_ + 1;
        ++recorded_;
    }

    /// Events so far. They are numbered from 0 in the order in which they were recorded.
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_; }
    /// The number of the oldest that is kept.
    [[nodiscard]] std::uint64_t oldest() const noexcept {
        return recorded_ - std::min<std::uint64_t>(recorded_, capacity_);
    }

    /// Copies the events from number `from` on, as many as there are and fit; how many that was.
    ///
    /// \pre `oldest() <= from && from <= recorded()`
    [[nodiscard]] std::size_t copy(std::uint64_t from,
                                   std::span<timeline_event> to) const noexcept {
        const std::uint64_t back = recorded_ - from;
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(back, to.size()));
        std::size_t at = place_ + (back <= place_ ? 0 : capacity_) - static_cast<std::size_t>(back);
        for (std::size_t i = 0; i < count; ++i) {
            to[i] = events_[at];
            at = at + 1 == capacity_ ? 0 : at + 1;
        }
        return count;
    }

private:
    std::unique_ptr<timeline_event[]> events_;
    std::size_t capacity_;
    std::size_t place_ = 0;  ///< of the next event
    std::uint64_t recorded_ = 0;
    std::uint64_t batches_ = 0;
};

/// Copies what `ring` keeps at the moment. `mutex`, under which events are recorded, is held for a
/// part of a long copy at a time, so that whoever records goes on meanwhile. What is overwritten by
/// then counts as lost, with all before it: a copy has no gaps.
template <class Mutex>
[[nodiscard]] timeline copy_timeline(const timeline_ring& ring, Mutex& mutex) {
    constexpr std::uint64_t at_a_time = 1024;  // 60 kB
    timeline all;
    all.events.resize(ring.capacity());
    const std::span<timeline_event> room = all.events;
    std::size_t copied = 0;
    std::unique_lock lock(mutex);
    const std::uint64_t end = ring.recorded();
    for (std::uint64_t next = ring.oldest();;) {
        const std::uint64_t count = std::min(at_a_time, end - next);
        copied += ring.copy(next, room.subspan(copied, static_cast<std::size_t>(count)));
        next += count;
        if (next == end) {
            break;
        }
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
        if (ring.oldest() > next) {
            copied = 0;
            next = std::min(ring.oldest(), end);
        }
    }
    lock.unlock();
    all.events.resize(copied);
    all.lost = end - copied;
    std::ranges::sort(all.events, {}, [](const timeline_event& e) {
        return std::tuple(e.at, e.kind, e.id, e.core);
    });
    return all;
}

}  // namespace soma
