// SPDX-License-Identifier: MIT
//
// What the pass costs a compiler: a chain like that of ResNet-152, within the default limits of
// one constant evaluation.

#include <cstddef>

#include <soma/compile/partition.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr int links = 160;

struct chain {
    chain_link link[links] = {};
};

/// Four groups of 3, 8, 36 and 3 blocks of 1x1, 3x3 and 1x1 convolutions: 16-bit weights, a core
/// that does 8e12 multiply-accumulates and reads 12.5e9 bytes of weights per second, tensors that
/// cross a cut - two of them inside a block - at 8e9.
constexpr chain resnet_152(int batch) {
    chain c;
    int at = 0;
    const auto add = [&](double macs, std::size_t weights, std::size_t live, std::size_t crossing) {
        if (at == links) {
            return;
        }
        chain_link& l = c.link[at++];
        l.cached_seconds = batch * macs / 8e12 + 1e-6 * batch;
        const double read = static_cast<double>(weights) / 12.5e9;
        l.streamed_seconds = l.cached_seconds > read ? l.cached_seconds : read;
        l.cut_seconds = static_cast<double>(crossing) * batch / 8e9;
        l.weight_bytes = weights;
        l.live_bytes = live * static_cast<std::size_t>(batch);
    };
    add(118e6, 18'816, 3'512'320, 301'056);
    add(1e6, 0, 2'007'040, 1'605'632);
    const int blocks[] = {3, 8, 36, 3};
    for (int group = 0; group < 4; ++group) {
        const std::size_t mid = std::size_t{64} << group, side = std::size_t{56} >> group;
        const std::size_t pixels = side * side, wide = 8 * mid * pixels, narrow = 2 * mid * pixels;
        for (int block = 0; block < blocks[group]; ++block) {
            if (block == 0) {
                add(static_cast<double>(8 * mid * mid * pixels), 16 * mid * mid, 2 * wide, wide);
            }
            add(static_cast<double>(4 * mid * mid * pixels), 8 * mid * mid, wide + narrow, wide);
            add(static_cast<double>(9 * mid * mid * pixels), 18 * mid * mid, wide + 2 * narrow,
                wide + narrow);
            add(static_cast<double>(4 * mid * mid * pixels), 8 * mid * mid, 2 * wide + narrow,
                wide + narrow);
        }
    }
    add(1e5, 0, 204'800, 200'704);
    add(2e6, 4'096'000, 6'096, 4'096);
    for (; at < links;) {
        add(0, 0, 2'000, 2'000);
    }
    return c;
}

constexpr chain one = resnet_152(1), four = resnet_152(4);
constexpr core_memory on_chip{.bytes = 8'000'000},
    cached_only{.bytes = 8'000'000, .must_cache = true};

constexpr cuts streamed = partition<links>(one.link, links, 16, on_chip);
constexpr cuts batched = partition<links>(four.link, links, 16, on_chip);
constexpr cuts cached = partition<links>(one.link, links, 16, cached_only);
constexpr cuts alone = partition<links>(one.link, links, 1, on_chip);
constexpr cuts widest = partition<links>(one.link, links, 64, on_chip);

static_assert(streamed.found && streamed.count <= 16 && streamed.first[streamed.count] == links);
static_assert(batched.found && batched.bottleneck > streamed.bottleneck);
static_assert(alone.found && alone.count == 1 && alone.bottleneck > 8 * streamed.bottleneck);
static_assert(widest.bottleneck <= streamed.bottleneck);
static_assert(!partition<links>(one.link, links, 4, cached_only).found,
              "120 MB of weights are not on four chips' worth of memory");

constexpr bool every_stage_is_cached(const chain& c, const cuts& of, const core_memory& memory) {
    for (int s = 0; s < of.count; ++s) {
        stage_sum sum(c.link[of.first[s]]);
        for (int i = of.first[s] + 1; i < of.first[s + 1]; ++i) {
            sum.add(c.link[i]);
        }
        if (!sum.cached(memory) || sum.seconds(memory) > of.bottleneck) {
            return false;
        }
    }
    return of.found;
}
constexpr int fewest = least_stages(one.link, links, cached_only);
static_assert(fewest > 16 && !cached.found);
constexpr cuts all_cached = partition<links>(one.link, links, fewest, cached_only);
static_assert(every_stage_is_cached(one, all_cached, cached_only) && all_cached.count == fewest);
static_assert(!partition<links>(one.link, links, fewest - 1, cached_only).found);

}  // namespace

TEST_CASE("constant evaluation and run time cut alike", "[compile][partition]") {
    const auto same = [](const chain& c, int stages, const core_memory& memory, const cuts& want) {
        const cuts got = partition<links>(c.link, links, stages, memory);
        REQUIRE(got.count == want.count);
        for (int s = 0; s <= got.count; ++s) {
            REQUIRE(got.first[s] == want.first[s]);
        }
        REQUIRE(got.bottleneck == want.bottleneck);
    };
    same(one, 16, on_chip, streamed);
    same(four, 16, on_chip, batched);
    same(one, 64, on_chip, widest);
    same(one, fewest, cached_only, all_cached);
}
