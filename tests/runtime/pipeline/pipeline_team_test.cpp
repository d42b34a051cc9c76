// SPDX-License-Identifier: MIT
#include <soma/runtime/pipeline/pipeline_team.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// Stages that pass a number on and add theirs to it. Plain memory throughout: the team alone
/// orders the accesses.
struct adding {
    static constexpr int most_stages = 5, most_copies = 3;
    struct stage_state {
        std::uint64_t value = 0;
        std::array<std::uint64_t, slots_between_stages> slots{};  ///< in front of the stage
        std::thread::id thread;
        unsigned control = 0;
        int batches = 0;
    };
    std::array<std::array<stage_state, most_stages>, most_copies> states{};
    std::vector<std::uint64_t> results;
    int stages = 1;
    int slow_stage = -1;

    stage_state& at(int copy, int stage) noexcept {
        return states[static_cast<std::size_t>(copy)][static_cast<std::size_t>(stage)];
    }
    void prepare(int copy, int stage) noexcept { at(copy, stage).thread = here(); }
    void receive(int copy, int stage, int slot) noexcept {
        stage_state& s = at(copy, stage);
        s.value = s.slots[static_cast<std::size_t>(slot)];
    }
    void compute(int copy, int stage, std::uint64_t batch) noexcept {
        stage_state& s = at(copy, stage);
        s.value = stage == 0 ? 1000 * batch + 1 : s.value + 1;
        s.batches += s.thread == here() ? 1 : -1'000'000;
        if (stage == slow_stage) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        if (stage + 1 == stages) {
            results[static_cast<std::size_t>(batch)] = s.value;
        }
    }
    void send(int copy, int stage, int slot) noexcept {
        at(copy, stage + 1).slots[static_cast<std::size_t>(slot)] = at(copy, stage).value;
    }
    static std::thread::id here() noexcept { return std::this_thread::get_id(); }
};
static_assert(stage_work<adding>);
static_assert(!std::is_copy_constructible_v<pipeline_team<adding>>);
static_assert(noexcept(std::declval<pipeline_team<adding>&>().run(1)));

/// Runs `batches` batches and counts results that are wrong.
int wrong_results(adding& work, pipeline_team<adding>& team, std::uint64_t batches) {
    work.results.assign(batches, 0);
    team.run(batches);
    int wrong = 0;
    for (std::uint64_t b = 0; b < batches; ++b) {
        wrong += work.results[b] == 1000 * b + static_cast<std::uint64_t>(work.stages) ? 0 : 1;
    }
    return wrong;
}

}  // namespace

TEST_CASE("every batch passes all stages in order", "[runtime][pipeline_team]") {
    for (int copies = 1; copies <= 3; ++copies) {
        for (int stages = 1; stages <= 5; ++stages) {
            adding work;
            work.stages = stages;
            pipeline_team<adding> team(work, copies, stages);
            REQUIRE(team.threads() == copies * stages);
            int wrong = 0;
            std::uint64_t total = 0;
            for (std::uint64_t round = 0; round < 300; ++round) {
                wrong += wrong_results(work, team, round % 23);
                total += round % 23;
            }
            CHECK(wrong == 0);
            for (int stage = 0; stage < stages; ++stage) {
                std::uint64_t seen = 0;
                for (int copy = 0; copy < copies; ++copy) {
                    seen += static_cast<std::uint64_t>(work.at(copy, stage).batches);
                }
                CHECK(seen == total);
            }
        }
    }
}

TEST_CASE("each stage has a thread of its own", "[runtime][pipeline_team]") {
    adding work;
    work.stages = 3;
    const pipeline_team<adding> team(work, 2, 3);
    std::set<std::thread::id> threads{std::this_thread::get_id()};
    for (int copy = 0; copy < 2; ++copy) {
        for (int stage = 0; stage < 3; ++stage) {
            threads.insert(work.at(copy, stage).thread);
        }
    }
    CHECK(threads.size() == 7);
}

TEST_CASE("a slow stage holds the others back and loses nothing", "[runtime][pipeline_team]") {
    for (int slow = 0; slow < 4; ++slow) {
        adding work;
        work.stages = 4;
        work.slow_stage = slow;
        pipeline_team<adding> team(work, 2, 4);
        CHECK(wrong_results(work, team, 100) == 0);
        CHECK(wrong_results(work, team, 1) == 0);
    }
}

TEST_CASE("a pipeline that slept wakes up, to work and to stop", "[runtime][pipeline_team]") {
    adding work;
    work.stages = 3;
    pipeline_team<adding> team(work, 1, 3);
    for (int round = 0; round < 3; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        CHECK(wrong_results(work, team, 5) == 0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST_CASE("a pipeline can be started and stopped a thousand times", "[runtime][pipeline_team]") {
    int wrong = 0;
    for (int round = 0; round < 1000; ++round) {
        adding work;
        work.stages = 1 + round % 4;
        pipeline_team<adding> team(work, 1 + round % 2, work.stages);
        if (round % 3 != 0) {
            wrong += wrong_results(work, team, static_cast<std::uint64_t>(round % 7));
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("threads keep to cores of their own where there are enough", "[runtime][pipeline_team]") {
    const int pinnable = static_cast<int>(detail::cores_to_pin().size());
    adding work;
    work.stages = 5;
    if (pinnable < 15) {
        CHECK_FALSE(pipeline_team<adding>(work, 3, 5).pinned());
    }
    if (pinnable >= 2) {
        work.stages = 2;
        CHECK(pipeline_team<adding>(work, 1, 2).pinned());
    }
    // The caller's own thread is left alone.
    CHECK(static_cast<int>(detail::cores_to_pin().size()) == pinnable);
}

namespace {

/// Some stages of which cannot be prepared.
struct unprepared : adding {
    std::array<bool, most_copies * most_stages> fails{};
    std::atomic<int> prepared{0};

    void prepare(int copy, int stage) {
        prepared.fetch_add(1);
        if (fails[static_cast<std::size_t>(copy * stages + stage)]) {
            throw std::runtime_error("no memory for stage " + std::to_string(stage));
        }
        adding::prepare(copy, stage);
    }
};

}  // namespace

TEST_CASE("what a stage throws while it prepares reaches the caller", "[runtime][pipeline_team]") {
    using Catch::Matchers::Message;
    for (std::size_t i = 0; i < 6; ++i) {
        unprepared work;
        work.stages = 3;
        work.fails[i] = true;
        // A thread that was not joined would end the process.
        CHECK_THROWS_MATCHES((pipeline_team<unprepared>(work, 2, 3)), std::runtime_error,
                             Message("no memory for stage " + std::to_string(i % 3)));
        CHECK(work.prepared.load() == 6);
    }
    unprepared work;
    work.stages = 3;
    work.fails.fill(true);
    CHECK_THROWS_AS((pipeline_team<unprepared>(work, 2, 3)), std::runtime_error);
    work.fails.fill(false);
    pipeline_team<unprepared> team(work, 2, 3);
    work.results.assign(5, 0);
    team.run(5);
    CHECK(work.results == std::vector<std::uint64_t>{3, 1003, 2003, 3003, 4003});
}
