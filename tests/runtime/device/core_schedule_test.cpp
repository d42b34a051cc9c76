// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <deque>
#include <random>
#include <type_traits>
#include <vector>

#include <soma/runtime/device/core_schedule.hpp>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

static_assert(!std::is_copy_constructible_v<core_schedule>);

namespace {

/// A model whose workers always have a batch of `batch` to run.
struct busy_model {
    sharing_model place{};
    nanoseconds batch{};
    nanoseconds held{};  ///< by all its batches, over all cores
    int batches = 0;
};

/// Runs models on a schedule, with a clock that jumps from one end of a batch to the next.
struct simulation {
    core_schedule schedule;
    std::deque<busy_model> models{};
    serving_clock::time_point now{};

    struct worker {
        busy_model& model;
        core_ticket ticket;
        serving_clock::time_point end{};

        explicit worker(busy_model& m) : model(m), ticket{.model = m.place} {}
    };
    std::deque<worker> workers{};

    simulation(int cores, nanoseconds quantum) : schedule(cores, quantum) {}

    busy_model& add(nanoseconds batch, int cores = 1, double weight = 1, int threads = 1) {
        busy_model& model = models.emplace_back();
        model.place.cores = cores;
        model.place.weight = weight;
        model.batch = batch;
        schedule.join(model.place);
        for (int i = 0; i < threads; ++i) {
            schedule.ask(workers.emplace_back(model).ticket);
        }
        return model;
    }

    void grant() {
        while (core_ticket* const ticket = schedule.grant(now)) {
            for (worker& w : workers) {
                if (&w.ticket == ticket) {
                    w.end = now + w.model.batch;
                }
            }
        }
    }

    /// The end of the next batch; the model that ran it.
    busy_model& step() {
        grant();
        worker* next = nullptr;
        int held = 0;
        for (worker& w : workers) {
            held += w.ticket.granted ? w.model.place.cores : 0;
            if (w.ticket.granted && (next == nullptr || w.end < next->end)) {
                next = &w;
            }
        }
        REQUIRE(next != nullptr);
        REQUIRE(held <= schedule.cores());
        now = next->end;
        next->model.held += next->model.batch * next->model.place.cores;
        ++next->model.batches;
        if (schedule.goes_on(next->ticket, now)) {
            next->end = now + next->model.batch;
        } else {
            schedule.give_back(next->ticket, now);
            schedule.ask(next->ticket);
        }
        return next->model;
    }

    void run_for(nanoseconds time) {
        for (const auto end = now + time; now < end;) {
            step();
        }
    }
};

nanoseconds difference(const busy_model& a, const busy_model& b) {
    return std::chrono::abs(a.held - b.held);
}

}  // namespace

TEST_CASE("models of unequal batches get equal time", "[runtime][device]") {
    simulation s(1, 2ms);
    const busy_model& quick = s.add(300us);
    const busy_model& slow = s.add(7ms);
    for (int i = 0; i < 2000; ++i) {
        s.step();
        CHECK(difference(quick, slow) <= 2ms + 300us + 7ms);
    }
    CHECK(quick.batches > 20 * slow.batches);
}

TEST_CASE("any models that are always busy get equal time", "[runtime][device]") {
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        const int cores = 1 + static_cast<int>(random() % 4);
        const nanoseconds quantum(random() % 3'000'000);
        simulation s(cores, quantum);
        nanoseconds longest{};
        const auto count = 2 + random() % 3;
        for (std::size_t i = 0; i < count; ++i) {
            const nanoseconds batch(50'000 + random() % 5'000'000);
            longest = std::max(longest, batch);
            // All of one size, and workers for all cores: each can use the whole group.
            s.add(batch, 1, 1, cores);
        }
        s.run_for(2s);
        for (const busy_model& a : s.models) {
            for (const busy_model& b : s.models) {
                // A batch that runs is charged when it ends.
                CHECK(difference(a, b) <= cores * (quantum + 2 * longest));
            }
        }
    }
}

TEST_CASE("weights divide the time", "[runtime][device]") {
    simulation s(1, 2ms);
    const busy_model& heavy = s.add(1ms, 1, 3);
    const busy_model& light = s.add(1ms, 1, 1);
    s.run_for(4s);
    CHECK(std::abs(static_cast<double>(heavy.held.count()) / 3e9 - 1.0) < 0.01);
    CHECK(std::abs(static_cast<double>(light.held.count()) / 1e9 - 1.0) < 0.01);
}

TEST_CASE("cores change models once a quantum", "[runtime][device]") {
    for (const auto& [quantum, switches] :
         {std::pair{0ms, 999U}, std::pair{2ms, 334U}, std::pair{10ms, 91U}}) {
        simulation s(1, quantum);
        s.add(1ms);
        s.add(1ms);
        s.run_for(1s);
        const group_status status = s.schedule.status(s.now);
        INFO(quantum.count());
        // Ahead by the quantum and a batch, then behind by as much.
        CHECK(status.context_switches <= switches);
        CHECK(status.context_switches + 20 >= switches / 2);
        CHECK(status.cores[0].busy == 1s);
    }
}

TEST_CASE("a model that is alone changes nothing", "[runtime][device]") {
    simulation s(3, 2ms);
    s.add(1ms, 1, 1, 3);
    s.run_for(100ms);
    const group_status status = s.schedule.status(s.now);
    CHECK(status.context_switches == 0);
    for (const core_status& core : status.cores) {
        CHECK(core.busy >= 99ms);
        CHECK(core.busy <= 100ms);
    }
}

TEST_CASE("a model that needs all cores is not starved", "[runtime][device]") {
    simulation s(4, 2ms);
    const busy_model& a = s.add(900us, 1, 1, 4);
    const busy_model& b = s.add(1100us, 1, 1, 4);
    const busy_model& wide = s.add(500us, 4);
    s.run_for(3s);
    // Core time; while cores are gathered some of them are nobody's.
    CHECK(wide.held > 3500ms);
    CHECK(difference(wide, a) < 4 * (2ms + 2 * 1100us));
    CHECK(difference(wide, b) < 4 * (2ms + 2 * 1100us));
    CHECK(wide.held + a.held + b.held > 4 * 3s * 80 / 100);
}

TEST_CASE("who was idle has no credit", "[runtime][device]") {
    simulation s(1, 0ms);
    busy_model& early = s.add(1ms);
    s.run_for(1s);
    const busy_model& late = s.add(1ms);
    const nanoseconds before = early.held;
    s.run_for(100ms);
    CHECK(std::chrono::abs(late.held - (early.held - before)) <= 2ms);

    // Nor has who comes when everybody has gone.
    core_schedule schedule(1, 0ms);
    sharing_model first, second;
    schedule.join(first);
    schedule.join(second);
    core_ticket a{.model = first}, b{.model = second};
    serving_clock::time_point now{};
    schedule.ask(a);
    REQUIRE(schedule.grant(now) == &a);
    now += 1h;
    static_cast<void>(schedule.goes_on(a, now));
    schedule.give_back(a, now);
    schedule.ask(b);
    REQUIRE(schedule.grant(now) == &b);
    CHECK(second.virtual_ns == first.virtual_ns);
}

TEST_CASE("a ticket without a batch is no context switch", "[runtime][device]") {
    core_schedule schedule(2, 1ms);
    sharing_model first, second;
    schedule.join(first);
    schedule.join(second);
    auto turn = [&, now = serving_clock::time_point{}](sharing_model& model, bool runs) mutable {
        core_ticket ticket{.model = model};
        schedule.ask(ticket);
        REQUIRE(schedule.grant(now) == &ticket);
        CHECK(schedule.grant(now) == nullptr);
        now += 1ms;
        CHECK((!runs || schedule.goes_on(ticket, now)));
        schedule.give_back(ticket, now);
        return schedule.status(now).context_switches;
    };
    CHECK(turn(first, true) == 0);
    CHECK(turn(second, true) == 0);  // on the other core
    CHECK(turn(first, true) == 0);   // on the core that was its own
    sharing_model third;
    schedule.join(third);
    CHECK(turn(third, false) == 0);
    CHECK(turn(third, true) == 1);
    schedule.leave(third);
    schedule.leave(second);
    sharing_model again;
    schedule.join(again);
    CHECK(turn(again, true) == 2);  // whoever was there has left
}

TEST_CASE("time that a batch has run is busy before it ends", "[runtime][device]") {
    core_schedule schedule(2, 1ms);
    sharing_model model{.cores = 2};
    schedule.join(model);
    core_ticket ticket{.model = model};
    schedule.ask(ticket);
    const serving_clock::time_point start{};
    REQUIRE(schedule.grant(start) == &ticket);
    for (const core_status& core : schedule.status(start + 5ms).cores) {
        CHECK(core.busy == 5ms);
    }
    schedule.give_back(ticket, start + 6ms);
    for (const core_status& core : schedule.status(start + 9ms).cores) {
        CHECK(core.busy == 6ms);
    }
}

TEST_CASE("a ticket knows the cores that it holds", "[runtime][device]") {
    core_schedule schedule(4, 1ms);
    sharing_model narrow, wide{.cores = 3};
    schedule.join(narrow);
    schedule.join(wide);
    core_ticket one{.model = narrow}, two{.model = narrow}, three{.model = wide};
    const serving_clock::time_point now{};
    const auto held = [&](const core_ticket& ticket) {
        std::vector<int> cores(static_cast<std::size_t>(ticket.model.cores), -1);
        schedule.cores_of(ticket, cores);
        return cores;
    };
    schedule.ask(one);
    schedule.ask(two);
    REQUIRE(schedule.grant(now) != nullptr);
    REQUIRE(schedule.grant(now) != nullptr);
    CHECK(held(one) == std::vector<int>{0});
    CHECK(held(two) == std::vector<int>{1});
    schedule.give_back(one, now);
    schedule.ask(three);
    CHECK(held(three) == std::vector<int>{-1, -1, -1});
    REQUIRE(schedule.grant(now) == &three);
    CHECK(held(three) == std::vector<int>{0, 2, 3});
}
