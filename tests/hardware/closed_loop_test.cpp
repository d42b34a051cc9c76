// SPDX-License-Identifier: MIT
#include <algorithm>
#include <queue>
#include <random>
#include <soma/hardware/closed_loop.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/figures.hpp"

using namespace soma;
using soma::test::near;

namespace {

/// Calls of one copy, one event after the other: each worker takes `host` seconds by itself, then
/// its call passes the stages in order, a queue before each.
double simulated_rate(int workers, double host, const std::vector<double>& stages, int calls) {
    std::vector<double> ready(static_cast<std::size_t>(workers), 0.0);
    std::vector<double> free(stages.size(), 0.0);
    std::priority_queue<double, std::vector<double>, std::greater<>> arrivals;
    for (int w = 0; w < workers; ++w) {
        arrivals.push(host);
    }
    double last = 0;
    for (int i = 0; i < calls; ++i) {
        double now = arrivals.top();
        arrivals.pop();
        for (std::size_t s = 0; s < stages.size(); ++s) {
            now = std::max(now, free[s]) + stages[s];
            free[s] = now;
        }
        last = now;
        arrivals.push(now + host);
    }
    return calls / last;
}

}  // namespace

TEST_CASE("one worker waits for its own call", "[closed_loop]") {
    constexpr closed_loop loop{1, 1, 4, 0.001, 0.003, 0.003};
    static_assert(rate_of(loop).bound == loop_bound::workers);
    CHECK(near(rate_of(loop).calls_per_second, 250, 1e-12));
}

TEST_CASE("a second worker hides the host's time and no more", "[closed_loop]") {
    constexpr closed_loop loop{2, 1, 4, 0.001, 0.003, 0.003};
    static_assert(rate_of(loop).bound == loop_bound::stage);
    CHECK(near(rate_of(loop).calls_per_second, 1 / 0.003, 1e-12));
}

TEST_CASE("copies share the host's processors", "[closed_loop]") {
    constexpr closed_loop loop{2, 16, 4, 0.002, 0.003, 0.003};
    static_assert(rate_of(loop).bound == loop_bound::processors);
    CHECK(near(rate_of(loop).calls_per_second * 16 * 0.002, 4, 1e-12));
}

TEST_CASE("the rate is that of a simulation of every call", "[closed_loop]") {
    std::mt19937 random(11);
    std::uniform_real_distribution<double> seconds(0.1, 1);
    for (int round = 0; round < 300; ++round) {
        const auto count = static_cast<std::size_t>(1 + round % 6);
        std::vector<double> stages(count);
        double total = 0, slowest = 0;
        for (double& s : stages) {
            s = seconds(random);
            total += s;
            slowest = std::max(slowest, s);
        }
        const int workers = 1 + round % 9;
        const double host = seconds(random);
        const closed_loop loop{workers, 1, 100, host, total, slowest};
        // The first calls find empty stages: 4000 of them make that invisible.
        CHECK(near(rate_of(loop).calls_per_second, simulated_rate(workers, host, stages, 4000),
                   0.005));
    }
}
