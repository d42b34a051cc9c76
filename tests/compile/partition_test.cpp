// SPDX-License-Identifier: MIT
//
// Against an oracle that tries every set of cuts. Most costs are small integers: their sums are
// exact in any order, ties are frequent, and "equal" means equal.

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <limits>
#include <random>
#include <vector>

#include <soma/compile/partition.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr int longest = 14;

stage_sum sum_of(const std::vector<chain_link>& links, int first, int last) {
    stage_sum sum(links[static_cast<std::size_t>(first)]);
    for (int i = first + 1; i < last; ++i) {
        sum.add(links[static_cast<std::size_t>(i)]);
    }
    return sum;
}

/// The best bottleneck for each number of stages, from all 2^(links - 1) sets of cuts.
std::vector<double> by_brute_force(const std::vector<chain_link>& links,
                                   const core_memory& memory) {
    const int n = static_cast<int>(links.size());
    double seconds[longest][longest + 1];
    for (int i = 0; i < n; ++i) {
        for (int j = i + 1; j <= n; ++j) {
            const stage_sum sum = sum_of(links, i, j);
            seconds[i][j] = sum.allowed(memory) ? sum.seconds(memory) : never;
        }
    }
    std::vector<double> best(links.size() + 1, never);
    for (unsigned set = 0; set < 1U << (n - 1); ++set) {
        int first = 0;
        std::size_t stages = 0;
        double slowest = 0;
        for (int end = 1; end <= n; ++end) {
            if (end == n || (set >> (end - 1) & 1U) != 0) {
                slowest = std::max(slowest, seconds[first][end]);
                first = end;
                ++stages;
            }
        }
        best[stages] = std::min(best[stages], slowest);
    }
    return best;
}

enum class numbers { few, many, real };

struct random_chains {
    std::mt19937 engine;

    int below(int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); }
    double cost(numbers kind) {
        return kind == numbers::few    ? below(4)
               : kind == numbers::many ? below(1000)
                                       : std::uniform_real_distribution<>(1e-6, 1e-3)(engine);
    }
    std::vector<chain_link> next(numbers kind, bool cuts_cost, bool dear_cuts) {
        std::vector<chain_link> links(static_cast<std::size_t>(1 + below(longest)));
        for (chain_link& l : links) {
            l.cached_seconds = cost(kind);
            l.streamed_seconds = l.cached_seconds + (below(3) == 0 ? 0 : cost(kind));
            l.cut_seconds = cuts_cost ? cost(kind) * (dear_cuts ? 8 : 0.5) : 0;
            l.weight_bytes = static_cast<std::size_t>(below(4) == 0 ? 0 : below(100));
            l.live_bytes = static_cast<std::size_t>(below(60));
        }
        return links;
    }
};

/// Stages that are not empty, cover the chain, are allowed, and whose slowest is as is said.
void check_sound(const cuts& c,
                 const std::vector<chain_link>& links,
                 int stages,
                 const core_memory& memory) {
    REQUIRE(c.count >= 1);
    REQUIRE(c.count <= stages);
    REQUIRE(c.first[0] == 0);
    REQUIRE(c.first[c.count] == static_cast<int>(links.size()));
    double slowest = 0;
    for (int s = 0; s < c.count; ++s) {
        REQUIRE(c.first[s] < c.first[s + 1]);
        const stage_sum sum = sum_of(links, c.first[s], c.first[s + 1]);
        REQUIRE(sum.allowed(memory));
        if (memory.must_cache) {
            REQUIRE(sum.weight_bytes + sum.live_bytes <= memory.bytes);
        }
        slowest = std::max(slowest, sum.seconds(memory));
    }
    REQUIRE(slowest == c.bottleneck);
}

}  // namespace

TEST_CASE("no cuts of up to 14 links are better", "[compile][partition]") {
    random_chains chains{std::mt19937(21)};
    int impossible = 0, streamed = 0, greedy_fails = 0;
    constexpr int rounds = 6'000;
    for (int round = 0; round < rounds; ++round) {
        const auto kind = static_cast<numbers>(round % 3);
        const auto links = chains.next(kind, round % 4 != 0, round % 8 > 4);
        const core_memory memory{.bytes = static_cast<std::size_t>(chains.below(400)),
                                 .must_cache = round % 5 < 2};
        const auto best = by_brute_force(links, memory);
        const int n = static_cast<int>(links.size());
        double want = never;
        std::size_t fewest = 0;  // stages of the best cuts
        for (int stages = 1; stages <= n + 2; ++stages) {
            const auto now = static_cast<std::size_t>(stages);
            if (now < best.size() && best[now] < want) {
                want = best[now];
                fewest = now;
            }
            const cuts got = partition<longest>(links.data(), n, stages, memory);
            INFO("round " << round << ", " << n << " links, " << stages << " stages");
            REQUIRE(got.found == (want < never));
            if (!got.found) {
                ++impossible;
                continue;
            }
            check_sound(got, links, stages, memory);
            // Costs that are no integers are summed in another order.
            REQUIRE(got.bottleneck <= want * (kind == numbers::real ? 1 + 1e-12 : 1));
            REQUIRE(got.bottleneck >= want);
            REQUIRE(got.count == static_cast<int>(fewest));
            streamed += memory.must_cache || sum_of(links, 0, n).cached(memory) ? 0 : 1;
            // Whoever extends each stage while the optimum allows it runs into a dear cut.
            int stage = 0, i = 0;
            for (; i < n && stage < stages; ++stage) {
                int end = i + 1;
                while (end < n && sum_of(links, i, end + 1).allowed(memory)
                       && sum_of(links, i, end + 1).seconds(memory) <= want) {
                    ++end;
                }
                greedy_fails += sum_of(links, i, end).seconds(memory) > want ? 1 : 0;
                i = end;
            }
        }
    }
    std::cout << "impossible " << impossible << ", streamed " << streamed
              << ", cuts at which a greedy sweep fails " << greedy_fails << '\n';
    // The chains are of every kind.
    CHECK(impossible > rounds / 10);
    CHECK(streamed > rounds);
    CHECK(greedy_fails > rounds / 10);
}

TEST_CASE("a run of links never gets faster as links are added to its end",
          "[compile][partition]") {
    random_chains chains{std::mt19937(22)};
    for (int round = 0; round < 3'000; ++round) {
        const auto links = chains.next(static_cast<numbers>(round % 3), true, false);
        const core_memory memory{.bytes = static_cast<std::size_t>(chains.below(400))};
        for (int last = 2; last <= static_cast<int>(links.size()); ++last) {
            const double longer = sum_of(links, 0, last).seconds(memory);
            const double shorter = sum_of(links, 0, last - 1).seconds(memory);
            REQUIRE(longer >= shorter * (1 - 1e-12));
        }
    }
}

TEST_CASE("chains as long as networks, cut into as many stages as an instance has cores",
          "[compile][partition]") {
    // An oracle for long chains: the best for k stages from the best for k - 1, all pairs.
    random_chains chains{std::mt19937(23)};
    for (int round = 0; round < 12; ++round) {
        std::vector<chain_link> links(270);
        for (chain_link& l : links) {
            l.cached_seconds = chains.below(500);
            l.streamed_seconds = l.cached_seconds + chains.below(300);
            l.cut_seconds = chains.below(round % 2 == 0 ? 50 : 400);
            l.weight_bytes = static_cast<std::size_t>(chains.below(4000));
            l.live_bytes = static_cast<std::size_t>(chains.below(3000));
        }
        const core_memory memory{.bytes = 9'000U + 4'000U * static_cast<std::size_t>(round),
                                 .must_cache = round % 3 == 2};
        const std::size_t n = links.size();
        std::vector<double> best(n + 1, never);
        best[0] = 0;
        for (int stages = 1; stages <= 64; ++stages) {
            std::vector<double> next(best);
            for (std::size_t i = 0; i < n; ++i) {
                stage_sum sum(links[i]);
                for (std::size_t j = i + 1; j <= n; ++j) {
                    if (sum.allowed(memory)) {
                        next[j] = std::min(next[j], std::max(best[i], sum.seconds(memory)));
                    }
                    if (j < n) {
                        sum.add(links[j]);
                    }
                }
            }
            best.swap(next);
            if (stages == 1 || stages == 2 || stages == 4 || stages == 16 || stages == 64) {
                const cuts got = partition<300>(links.data(), static_cast<int>(n), stages, memory);
                INFO("round " << round << ", " << stages << " stages");
                REQUIRE(got.found == (best[n] < never));
                if (got.found) {
                    check_sound(got, links, stages, memory);
                    REQUIRE(got.bottleneck == best[n]);
                }
            }
        }
    }
}

TEST_CASE("the fewest stages that keep weights on chip", "[compile][partition]") {
    random_chains chains{std::mt19937(24)};
    int none = 0, several = 0;
    for (int round = 0; round < 2'000; ++round) {
        const auto links = chains.next(numbers::few, true, false);
        const core_memory memory{.bytes = 100U + static_cast<std::size_t>(chains.below(300)),
                                 .must_cache = true};
        const auto best = by_brute_force(links, memory);
        std::size_t want = 1;
        while (want < best.size() && best[want] == never) {
            ++want;
        }
        const int got = least_stages(links.data(), static_cast<int>(links.size()), memory);
        REQUIRE(got == (want < best.size() ? static_cast<int>(want) : 0));
        none += got == 0 ? 1 : 0;
        several += got > 1 ? 1 : 0;
    }
    CHECK(none > 50);
    CHECK(several > 500);
}

TEST_CASE("nothing to cut, nobody to take it", "[compile][partition]") {
    const chain_link link{.cached_seconds = 2, .streamed_seconds = 3, .weight_bytes = 10};
    const core_memory enough{.bytes = 10}, little{.bytes = 9, .must_cache = true};
    CHECK_FALSE(partition<1>(&link, 0, 4, enough).found);
    CHECK_FALSE(partition<1>(&link, 1, 0, enough).found);
    CHECK_FALSE(partition<1>(&link, 1, 4, little).found);
    CHECK(least_stages(&link, 0, enough) == 0);
    CHECK(least_stages(&link, 1, little) == 0);
    CHECK(least_stages(&link, 1, enough) == 1);
    const cuts one = partition<1>(&link, 1, 4, enough);
    CHECK((one.found && one.count == 1 && one.first[1] == 1 && one.bottleneck == 2));

    // More stages than a pipeline can have.
    const std::vector<chain_link> many(100, chain_link{.cached_seconds = 1, .streamed_seconds = 1});
    const cuts most = partition<100>(many.data(), 100, 100, enough);
    CHECK((most.found && most.count == 50 && most.bottleneck == 2));
}
