// SPDX-License-Identifier: MIT
#include <cstddef>
#include <random>
#include <soma/hardware/stage_sum.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr std::size_t kib = 1024;

constexpr chain_link link_of(double cached,
                             double streamed,
                             std::size_t weights,
                             std::size_t live) {
    return {cached, streamed, 0, weights, live};
}

}  // namespace

TEST_CASE("weights that fit beside the activations stay on chip", "[stage_sum]") {
    stage_sum sum(link_of(1, 4, 600 * kib, 100 * kib));
    sum.add(link_of(2, 3, 200 * kib, 200 * kib));
    const core_memory enough{1000 * kib};
    CHECK(sum.cached(enough));
    CHECK(sum.streamed_bytes(enough) == 0);
    CHECK(sum.buffer_bytes(enough) == 0);
    CHECK(sum.seconds(enough) == 3);

    const core_memory short_by_one{1000 * kib - 1};
    CHECK_FALSE(sum.cached(short_by_one));
    CHECK(sum.allowed(short_by_one));
    CHECK_FALSE(sum.allowed({1000 * kib - 1, true}));
}

TEST_CASE("what does not fit is streamed, beside a buffer for what is on its way", "[stage_sum]") {
    stage_sum sum(link_of(1, 4, 1024 * kib, 128 * kib));
    sum.add(link_of(2, 3, 1024 * kib, 64 * kib));
    const core_memory memory{1600 * kib};
    // Twice the largest weights would be 2 MiB: they arrive in parts of a sixteenth of the memory.
    CHECK(sum.buffer_bytes(memory) == 100 * kib);
    CHECK(sum.streamed_bytes(memory) == (2048 - (1600 - 128 - 100)) * kib);
    const double part = 676.0 / 2048;
    CHECK(sum.seconds(memory) == 3 + (7 - 3) * part);
}

TEST_CASE("activations alone may exceed the memory: then all weights are streamed", "[stage_sum]") {
    const stage_sum sum(link_of(1, 5, 300 * kib, 2000 * kib));
    CHECK(sum.streamed_bytes({1000 * kib}) == 300 * kib);
    CHECK(sum.seconds({1000 * kib}) == 5);
}

TEST_CASE("a longer stage is never faster, and more memory never slower", "[stage_sum]") {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> seconds(0, 1);
    std::uniform_int_distribution<std::size_t> bytes(0, 4096);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t memory = bytes(random);
        std::vector<chain_link> links(8);
        for (chain_link& l : links) {
            l.cached_seconds = seconds(random);
            l.streamed_seconds = l.cached_seconds + seconds(random);
            l.weight_bytes = bytes(random);
            l.live_bytes = bytes(random) / 4;
        }
        stage_sum sum(links[0]);
        double before = sum.seconds({memory});
        for (std::size_t i = 1; i < links.size(); ++i) {
            sum.add(links[i]);
            const double now = sum.seconds({memory});
            REQUIRE(now >= before - 1e-12);
            REQUIRE(sum.seconds({2 * memory}) <= now + 1e-12);
            REQUIRE(sum.streamed_bytes({memory}) <= sum.weight_bytes);
            before = now;
        }
    }
}
