// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <random>
#include <thread>
#include <vector>

#include <soma/runtime/device/device.hpp>
#include <soma/runtime/serving/buckets.hpp>
#include <soma/runtime/serving/server.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;
using namespace std::chrono_literals;
using test::small_net;

namespace {

template <class... Axes>
using scheduled = program<small_net, bf16, schedule<Axes...>>;
using one = scheduled<batch<1>>;
using four = scheduled<batch<4>>;
using twins = scheduled<batch<4>, replicate<2>>;
using eight = scheduled<batch<8>>;
using sizes = buckets<four, one, eight>;

static_assert(std::same_as<as_buckets_t<one>, buckets<one>>);
static_assert(std::same_as<as_buckets_t<sizes>, sizes>);
static_assert(sizes::samples == 8 && sizes::count == 3 && sizes::cores == 1);
static_assert(sizes::sizes[0].samples == 1 && sizes::sizes[1].samples == 4);
static_assert(sizes::name() == "bf16, batch 8, copies 1");
static_assert(buckets<twins, one>::cores == 2);
static_assert(sizes::plan().buckets.size() == 3 && sizes::plan().cheapest.size() == 9);
static_assert(buckets<four>::plan().cheapest.empty());

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

constexpr std::size_t takes = small_net::input_shape::size;
constexpr std::size_t makes = small_net::output_shape::size;
constexpr std::size_t most = 60;

/// Random requests of several clients to `served`; how many had other bits than `want`.
template <class Served>
int wrong_results(Served& served, const std::vector<float>& in, const std::vector<float>& want) {
    std::atomic<int> wrong = 0;
    std::vector<std::thread> clients;
    for (unsigned client = 0; client < 4; ++client) {
        clients.emplace_back([&, client] {
            std::mt19937 random(client);
            for (int round = 0; round < 200; ++round) {
                const std::size_t users = random() % 3 == 0 ? 1 : 1 + random() % 19;
                const std::size_t first = random() % (most - users);
                std::vector<float> out(users * makes, -77.0F);
                const auto status =
                    served.submit(std::span(in).subspan(first * takes, users * takes), out).wait();
                const bool same =
                    std::equal(out.begin(), out.end(),
                               want.begin() + static_cast<std::ptrdiff_t>(first * makes));
                wrong += status == request_status::done && same ? 0 : 1;
            }
        });
    }
    for (std::thread& t : clients) {
        t.join();
    }
    return wrong;
}

}  // namespace

TEST_CASE("buckets make the bits of single runs", "[runtime][serving]") {
    const auto in = test::inputs<small_net>(most);
    const auto want = test::results<one>(in);
    server<sizes> serve(
        trained(), {.workers = 2, .in_flight = 8, .max_delay = 50us, .when_full = when_full::wait});
    CHECK(wrong_results(serve, in, want) == 0);
    const server_status status = serve.status();
    REQUIRE(status.bucket_count == 3);
    std::uint64_t batches = 0, room = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(status.buckets[i].batches > 0);
        batches += status.buckets[i].batches;
        room += status.buckets[i].batches * status.buckets[i].batch_size;
    }
    CHECK(status.batches == batches);
    CHECK(status.samples + status.padding == room);
    CHECK(serve.worker(0).batches + serve.worker(1).batches == batches);
}

TEST_CASE("buckets serve on a device", "[runtime][device]") {
    const auto in = test::inputs<small_net>(most);
    const auto want = test::results<one>(in);
    device dev{inf1_xlarge, {2}};
    const server_options options{.in_flight = 8, .when_full = when_full::wait};
    const model_handle all = dev.load<buckets<twins, one>>(trained(), {.server = options});
    const model_handle single = dev.load<one>(trained(), {.server = options});
    CHECK(wrong_results(all, in, want) == 0);
    CHECK(wrong_results(single, in, want) == 0);
    const model_status status = all.status();
    CHECK(status.cores == 2);
    CHECK(status.program == "bf16, batch 4, copies 2");
    CHECK(status.memory.weights == one::packed_bytes);
    CHECK(status.memory.activations == one::arena_bytes + 2 * four::arena_bytes);
    CHECK(single.status().serving.bucket_count == 1);
    CHECK(single.status().serving.buckets[0].batch_size == 1);
}

TEST_CASE("a batch runs in the sizes of the plan", "[runtime][serving]") {
    server<sizes> serve(trained(), {.workers = 1, .in_flight = 8});
    const auto in = test::inputs<small_net>(8);
    std::vector<float> out(8 * makes);
    for (std::size_t users = 1; users <= 8; ++users) {
        const server_status before = serve.status();
        REQUIRE(
            serve.submit(std::span(in).first(users * takes), std::span(out).first(users * makes))
                .wait()
            == request_status::done);
        std::size_t want[3] = {};
        sizes::plan().for_each_run(users, [&](std::size_t i, std::size_t) { ++want[i]; });
        const server_status after = serve.status();
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(after.buckets[i].batches - before.buckets[i].batches == want[i]);
        }
    }
}
