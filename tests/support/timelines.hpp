// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What must hold of a timeline in which nothing is lost and every request has ended.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <soma/runtime/serving/server_status.hpp>
#include <soma/runtime/serving/timeline.hpp>

namespace soma::test {

/// The events of one request, by their places in the timeline; -1: there is none.
struct request_story {
    int submitted = -1, begun = -1, ended = -1;
    request_status status = request_status::pending;
    std::size_t samples = 0;
};

/// What is wrong with `all`, if `status` is of the same server; empty if nothing is.
inline std::string faults(const timeline& all, const server_status& status) {
    std::string found;
    const auto expect = [&](bool right, const char* what, std::uint64_t id) {
        if (!right && found.size() < 500) {
            found.append(what).append(" ").append(std::to_string(id)).append("; ");
        }
    };
    std::map<std::uint64_t, request_story> requests;
    std::map<std::uint64_t, std::set<int>> cores;
    request_counts counts;
    std::size_t samples = 0, capacity = 0;
    for (std::size_t i = 0; i < all.events.size(); ++i) {
        const timeline_event& e = all.events[i];
        const auto place = static_cast<int>(i);
        expect(i == 0 || all.events[i - 1].at <= e.at, "out of order: event", i);
        if (e.kind == timeline_kind::batch) {
            expect(e.at <= e.until, "ends before it begins: batch", e.id);
            expect(0 < e.samples && e.samples <= e.capacity, "overfull: batch", e.id);
            if (cores[e.id].empty()) {
                samples += e.samples;
                capacity += e.capacity;
            }
            expect(cores[e.id].insert(e.core).second, "twice on a core: batch", e.id);
            continue;
        }
        request_story& r = requests[e.id];
        int& own = e.kind == timeline_kind::submitted ? r.submitted
                   : e.kind == timeline_kind::begun   ? r.begun
                                                      : r.ended;
        expect(own == -1, "an event twice: request", e.id);
        expect(r.submitted == -1 || r.samples == e.samples, "changes its size: request", e.id);
        own = place;
        r.samples = e.samples;
        if (e.kind == timeline_kind::ended) {
            r.status = e.status;
            counts.count(e.status);
        }
    }
    for (const auto& [id, r] : requests) {
        expect(r.submitted >= 0 && r.submitted < r.ended, "not submitted, then ended: request", id);
        expect(r.begun == -1 || (r.submitted < r.begun && r.begun < r.ended),
               "begun outside of its life: request", id);
        expect(r.begun != -1 || r.samples == 0 || r.status != request_status::done,
               "done and never begun: request", id);
        expect(r.begun == -1 || r.status != request_status::refused, "refused and begun: request",
               id);
        expect(r.status != request_status::pending, "ended as pending: request", id);
    }
    expect(all.lost == 0, "lost events:", all.lost);
    expect(requests.size() == status.requests.submitted, "requests:", requests.size());
    expect(counts.done == status.requests.done, "done:", counts.done);
    expect(counts.refused == status.requests.refused, "refused:", counts.refused);
    expect(counts.cancelled == status.requests.cancelled, "cancelled:", counts.cancelled);
    expect(counts.expired == status.requests.expired, "expired:", counts.expired);
    expect(counts.failed == status.requests.failed, "failed:", counts.failed);
    expect(samples == status.samples, "samples in batches:", samples);
    expect(capacity == status.samples + status.padding, "capacity of batches:", capacity);
    return found;
}

/// Samples of all requests that were done.
inline std::size_t samples_done(const timeline& all) {
    std::size_t samples = 0;
    for (const timeline_event& e : all.events) {
        samples +=
            e.kind == timeline_kind::ended && e.status == request_status::done ? e.samples : 0;
    }
    return samples;
}

/// How many pairs of batches were on one core at the same time. `models` share their cores.
inline std::size_t overlaps(const std::vector<timeline>& models) {
    std::map<int, std::vector<timeline_event>> cores;
    for (const timeline& model : models) {
        for (const timeline_event& e : model.events) {
            if (e.kind == timeline_kind::batch) {
                cores[e.core].push_back(e);
            }
        }
    }
    std::size_t found = 0;
    for (auto& [core, batches] : cores) {
        std::ranges::sort(batches, {}, &timeline_event::at);
        for (std::size_t i = 1; i < batches.size(); ++i) {
            found += batches[i].at < batches[i - 1].until ? 1U : 0U;
        }
    }
    return found;
}

}  // namespace soma::test
