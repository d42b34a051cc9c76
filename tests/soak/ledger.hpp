// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The clients' own account of what they asked for and what became of it, to be held against the
/// server's.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <soma/runtime/serving/server_status.hpp>

namespace soak {

/// The ends of requests, with their names.
inline constexpr std::array<std::pair<soma::request_status, const char*>, 5> ends{
    {{soma::request_status::done, "done"},
     {soma::request_status::refused, "refused"},
     {soma::request_status::cancelled, "cancelled"},
     {soma::request_status::expired, "expired"},
     {soma::request_status::failed, "failed"}}};

[[nodiscard]] inline std::string name(soma::request_status status) {
    for (const auto& [end, text] : ends) {
        if (end == status) {
            return text;
        }
    }
    return "pending";
}

[[nodiscard]] inline std::uint64_t count(const soma::request_counts& counts,
                                         soma::request_status status) {
    switch (status) {
        case soma::request_status::done: return counts.done;
        case soma::request_status::refused: return counts.refused;
        case soma::request_status::cancelled: return counts.cancelled;
        case soma::request_status::expired: return counts.expired;
        case soma::request_status::failed: return counts.failed;
        case soma::request_status::pending: break;
    }
    return 0;
}

inline void add(soma::request_counts& to, const soma::request_counts& more) {
    to.submitted += more.submitted;
    to.done += more.done;
    to.refused += more.refused;
    to.cancelled += more.cancelled;
    to.expired += more.expired;
    to.failed += more.failed;
}

/// Counts of one model's requests, by any number of clients.
class ledger {
public:
    void submitted() noexcept { submitted_.fetch_add(1, std::memory_order_relaxed); }
    void ended(soma::request_status as) noexcept {
        ended_[static_cast<std::size_t>(as)].fetch_add(1, std::memory_order_relaxed);
    }

    [[nodiscard]] soma::request_counts counts() const noexcept {
        const auto of = [&](soma::request_status status) {
            return ended_[static_cast<std::size_t>(status)].load(std::memory_order_relaxed);
        };
        return {.submitted = submitted_.load(std::memory_order_relaxed),
                .done = of(soma::request_status::done),
                .refused = of(soma::request_status::refused),
                .cancelled = of(soma::request_status::cancelled),
                .expired = of(soma::request_status::expired),
                .failed = of(soma::request_status::failed)};
    }

private:
    std::atomic<std::uint64_t> submitted_{0};
    std::array<std::atomic<std::uint64_t>, 6> ended_{};
};

/// How two accounts of the same, finished requests differ, or do not add up; empty if they agree.
[[nodiscard]] inline std::string difference(const soma::request_counts& client,
                                            const soma::request_counts& server) {
    std::string text;
    const auto compare = [&](const char* what, std::uint64_t ours, std::uint64_t theirs) {
        if (ours != theirs) {
            text.append(text.empty() ? "" : "; ")
                .append(what)
                .append(" ")
                .append(std::to_string(ours))
                .append(" on the client's side, ")
                .append(std::to_string(theirs))
                .append(" on the server's");
        }
    };
    compare("submitted", client.submitted, server.submitted);
    for (const auto& [end, what] : ends) {
        compare(what, count(client, end), count(server, end));
    }
    for (const auto* side : {&client, &server}) {
        if (side->ended() != side->submitted) {
            text.append(text.empty() ? "" : "; ")
                .append(side == &client ? "the client's" : "the server's")
                .append(" five ends are ")
                .append(std::to_string(side->ended()))
                .append(" of ")
                .append(std::to_string(side->submitted));
        }
    }
    return text;
}

}  // namespace soak
