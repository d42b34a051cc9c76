// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Finds threads that no longer get anywhere, and says where they were.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace soak {

/// What one thread is at. The thread says so; the watchdog reads it.
class pulse {
public:
    explicit pulse(std::string who) : who_(std::move(who)) {}

    /// \param what a literal: it is read while the thread may be anywhere
    void at(const char* what) noexcept {
        what_.store(what, std::memory_order_relaxed);
        beats_.fetch_add(1, std::memory_order_relaxed);
    }
    void leave() noexcept { at(nullptr); }

    [[nodiscard]] const std::string& who() const noexcept { return who_; }
    /// Null for a thread that has nothing to do any more.
    [[nodiscard]] const char* what() const noexcept {
        return what_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t beats() const noexcept {
        return beats_.load(std::memory_order_relaxed);
    }

private:
    std::string who_;
    std::atomic<const char*> what_{"begins"};
    std::atomic<std::uint64_t> beats_{0};
};

/// Calls `hanging` with a line for each thread whose pulse has not moved for `patience`. Sleeps but
/// for a look every second.
class watchdog {
public:
    watchdog(std::chrono::seconds patience,
             std::function<void(const std::vector<std::string>&)> hanging)
        : patience_(patience),
          hanging_(std::move(hanging)),
          thread_([this](const std::stop_token& stop) { watch(stop); }) {}

    [[nodiscard]] std::shared_ptr<pulse> watch_over(std::string who) {
        auto fresh = std::make_shared<pulse>(std::move(who));
        const std::lock_guard lock(mutex_);
        watched_.push_back({fresh, 0, clock::now()});
        return fresh;
    }

private:
    using clock = std::chrono::steady_clock;

    struct watched {
        std::shared_ptr<pulse> of;
        std::uint64_t beats;
        clock::time_point since;
    };

    void watch(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!woken_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; })) {
            if (stop.stop_requested()) {
                return;
            }
            const auto now = clock::now();
            std::vector<std::string> lines;
            for (watched& w : watched_) {
                const char* const what = w.of->what();
                if (const std::uint64_t beats = w.of->beats();
                    what == nullptr || beats != w.beats) {
                    w.beats = beats;
                    w.since = now;
                } else if (now - w.since > patience_) {
                    const auto s =
                        std::chrono::duration_cast<std::chrono::seconds>(now - w.since).count();
                    lines.push_back(w.of->who() + " " + what + " for " + std::to_string(s) + " s");
                }
            }
            if (!lines.empty()) {
                hanging_(lines);
            }
        }
    }

    std::chrono::seconds patience_;
    std::function<void(const std::vector<std::string>&)> hanging_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::vector<watched> watched_;
    std::jthread thread_;
};

}  // namespace soak
