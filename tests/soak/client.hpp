// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Clients that do everything a client may do, and look closely at what they get.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include <soma/runtime/serving/request.hpp>

#include "models.hpp"
#include "watchdog.hpp"

namespace soak {

/// What a soak must find, made on purpose: a test of the soak.
enum class fault : std::uint8_t { none, lost, twice, wrong, leak, hang };

/// What all threads of a soak share.
struct shared_state {
    /// The models that clients may use now.
    std::mutex mutex;
    std::vector<std::shared_ptr<target>> targets;

    std::atomic<bool> stop{false};
    std::atomic<bool> pause{false};  ///< clients finish what they have and wait
    std::atomic<int> paused{0};
    std::atomic<double> samples_per_s{0.0};  ///< that each client should ask for
    std::atomic<std::uint64_t> offered_samples{0};
    std::atomic<std::uint64_t> answered_samples{0};
    std::atomic<int> injections{0};  ///< faults that are still to be made
    fault injected = fault::none;

    std::atomic<std::uint64_t> violations{0};
    /// Counts a violation; prints the first ones.
    void violation(const std::string& what);
    /// Whether to make the fault `which` here and now.
    [[nodiscard]] bool inject(fault which);
};

/// One thread of requests.
class client {
public:
    client(shared_state& shared, std::shared_ptr<pulse> heart, unsigned seed);
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Asks at the given pace until the soak ends.
    void work();

private:
    /// A request with all that it could need, used again and again.
    struct ticket {
        std::shared_ptr<target> to;  ///< null: free
        std::vector<float> in, out;
        std::size_t first = 0, samples = 0;
        soma::completion handle{};
        std::stop_source stopper{std::nostopstate};

        // What may become of it.
        bool must_fail = false;  ///< poisoned, with a NaN, or with a callback that throws
        bool may_cancel = false;
        bool may_expire = false;

        bool has_callback = false;
        bool dropped = false;  ///< its handle: only the callback knows
        std::atomic<int> calls{0};
        std::atomic<soma::request_status> told{soma::request_status::pending};
    };

    static constexpr std::size_t window = 32;
    static constexpr std::size_t most_samples = 24;

    [[nodiscard]] std::shared_ptr<target> choose();
    void begin(ticket& t);
    void meddle();
    void finish(ticket& t);
    void finish_all();
    void check(const ticket& t, soma::request_status status);
    [[nodiscard]] bool chance(double p) {
        return std::uniform_real_distribution<>(0, 1)(random_) < p;
    }
    [[nodiscard]] std::size_t below(std::size_t n) { return random_() % n; }

    shared_state& shared_;
    std::shared_ptr<pulse> heart_;
    std::mt19937 random_;
    std::array<ticket, window> tickets_;
    std::size_t next_ = 0;
};

}  // namespace soak
