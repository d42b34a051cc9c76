// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/runtime/serving/server.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;
using namespace std::chrono_literals;
using test::small_net;

namespace {

/// Lets a NaN through.
struct plain : model<input<float, 8, 1, 1>, layers::flatten, layers::linear<"fc", 3>> {};

using single = program<small_net, bf16>;
template <class... Axes>
using scheduled = program<small_net, bf16, schedule<Axes...>>;
static_assert(!std::is_copy_constructible_v<server<single>>);

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

constexpr std::size_t takes = server<single>::sample_inputs;
constexpr std::size_t makes = server<single>::sample_outputs;
constexpr std::size_t most = 40;

}  // namespace

TEST_CASE("user batches through batch<4> are the bits of single runs", "[runtime][serving]") {
    const auto in = test::inputs<small_net>(1024);
    const auto want = test::results<single>(in);
    server<scheduled<batch<4>>> serve(trained(), {.workers = 2});
    for (const std::size_t users : {1U, 4U, 7U, 8U, 1024U}) {
        std::vector<float> out(users * makes, -77.0F);
        REQUIRE(serve.submit(std::span(in).first(users * takes), out).wait()
                == request_status::done);
        CHECK(std::equal(out.begin(), out.end(), want.begin()));
    }
}

TEMPLATE_TEST_CASE("clients with requests of any size get the bits of single runs",
                   "[runtime][serving]",
                   scheduled<batch<1>>,
                   scheduled<batch<4>>,
                   (scheduled<batch<3>, replicate<2>>),
                   (scheduled<batch<2>, tensor_parallel<2, 1>>)) {
    const auto in = test::inputs<small_net>(most);
    const auto want = test::results<single>(in);
    const auto shared = trained();
    for (int clients = 1; clients <= 8; ++clients) {
        server<TestType> serve(shared, {.workers = 1 + clients % 2,
                                        .max_delay = clients % 3 * 100us,
                                        .when_full = when_full::wait});
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int client = 0; client < clients; ++client) {
            threads.emplace_back([&, client] {
                std::mt19937 random(static_cast<unsigned>(100 * clients + client));
                for (int round = 0; round < 25; ++round) {
                    const std::size_t users = random() % 3 == 0 ? 1 : 1 + random() % 13;
                    const std::size_t first = random() % (most - users);
                    std::vector<float> out(users * makes, -77.0F);
                    const auto status =
                        serve.submit(std::span(in).subspan(first * takes, users * takes), out)
                            .wait();
                    const bool same =
                        std::equal(out.begin(), out.end(),
                                   want.begin() + static_cast<std::ptrdiff_t>(first * makes));
                    wrong += status == request_status::done && same ? 0 : 1;
                }
            });
        }
        for (std::thread& t : threads) {
            t.join();
        }
        CHECK(wrong == 0);
        CHECK(serve.status().requests.done == static_cast<std::uint64_t>(clients) * 25);
    }
}

TEST_CASE("a server says what it does", "[runtime][serving]") {
    server<scheduled<batch<4>>> serve(trained(), {.workers = 2, .in_flight = 9});
    CHECK(serve.workers() == 2);
    CHECK(serve.in_flight_limit() == 9);
    const auto in = test::inputs<small_net>(8);
    std::vector<float> out(8 * makes);
    REQUIRE(serve.submit(in, out).wait() == request_status::done);
    const server_status status = serve.status();
    CHECK(status.batches == 2);
    CHECK(status.batch_fill() == 1.0);
    CHECK(status.latency.percentile(0.99) > 0ns);
    CHECK(serve.worker(0).batches + serve.worker(1).batches == 2);
    CHECK(serve.worker(0).busy + serve.worker(1).busy > 0ns);
    serve.stop();
    CHECK(serve.submit(in, out).reason() == request_refusal::stopped);
}

TEST_CASE("a model that makes a NaN is reported if asked for", "[runtime][serving]") {
    const weights<plain> some(test::random_parameters<plain>(17));
    const std::vector<float> in(8, std::numeric_limits<float>::quiet_NaN());
    std::vector<float> out(3);
    server<program<plain, fp32>> silent(some, {.workers = 1});
    CHECK(silent.submit(in, out).wait() == request_status::done);
    CHECK(out[0] != out[0]);
    server<program<plain, fp32>> loud(some, {.workers = 1, .detect_nan = true});
    const completion handle = loud.submit(in, out);
    REQUIRE(handle.wait() == request_status::failed);
    CHECK_THROWS_AS(std::rethrow_exception(handle.error()), nan_result);
}
