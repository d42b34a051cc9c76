// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/core_claim.hpp>

#include <atomic>
#include <set>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

static_assert(!std::is_copy_constructible_v<core_claim> && !std::is_copy_assignable_v<core_claim>);

namespace {

int pinnable() {
    return static_cast<int>(detail::cores_to_pin().size());
}

}  // namespace

TEST_CASE("a claim has as many cores as it asked for, or none", "[runtime][core_claim]") {
    const int all = pinnable();
    CHECK((all == 0 || all == available_cores()));
    for (int wanted = 0; wanted <= all + 2; ++wanted) {
        const core_claim claim(wanted);
        const std::vector<int>& cores = claim.cores();
        CHECK(static_cast<int>(cores.size()) == (wanted <= all ? wanted : 0));
        CHECK(std::set<int>(cores.begin(), cores.end()).size() == cores.size());
    }
}

TEST_CASE("no core is in two claims, and a core that was given back is free",
          "[runtime][core_claim]") {
    const int all = pinnable();
    if (all == 0) {
        return;
    }
    {
        const core_claim everything(all);
        CHECK(static_cast<int>(everything.cores().size()) == all);
        CHECK(core_claim(1).cores().empty());
    }
    if (all > 1) {
        const core_claim one(1);
        CHECK(core_claim(all).cores().empty());
        const core_claim rest(all - 1);
        CHECK(static_cast<int>(rest.cores().size()) == all - 1);
        CHECK(std::set<int>(rest.cores().begin(), rest.cores().end()).count(one.cores()[0]) == 0);
    }
    CHECK(static_cast<int>(core_claim(all).cores().size()) == all);
}

TEST_CASE("threads that claim at once do not share a core", "[runtime][core_claim]") {
    const int all = pinnable();
    std::atomic<int> held = 0;
    std::atomic<bool> too_many = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int round = 0; round < 500; ++round) {
                const core_claim claim(1);
                const int mine = static_cast<int>(claim.cores().size());
                if (held.fetch_add(mine) + mine > all) {
                    too_many = true;
                }
                held.fetch_sub(mine);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK_FALSE(too_many);
}

TEST_CASE("a pinned thread stays on its core, one without a core where it was",
          "[runtime][core_claim]") {
    const int all = pinnable();
    int alone = 0, unchanged = 0;
    std::thread([&] {
        const core_claim claim(all);
        if (all > 0) {
            claim.pin(all - 1);
        }
        alone = pinnable();
    }).join();
    std::thread([&] {
        const core_claim none(all + 1);
        none.pin(0);
        unchanged = pinnable();
    }).join();
    CHECK(alone == (all > 0 ? 1 : 0));
    CHECK(unchanged == all);
}
