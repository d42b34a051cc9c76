// SPDX-License-Identifier: MIT
#include "../examples/support/metrics_endpoint.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>

#include "support/catch.hpp"

using examples::metrics_endpoint;

TEST_CASE("the text of the moment is served on a free port", "[examples][metrics]") {
    std::atomic<int> calls{0};
    const metrics_endpoint endpoint(0, [&] { return "calls " + std::to_string(++calls) + "\n"; });
    REQUIRE(endpoint.port() > 0);
    httplib::Client client("127.0.0.1", endpoint.port());
    for (int i = 1; i <= 3; ++i) {
        const auto answer = client.Get("/metrics");
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->body == "calls " + std::to_string(i) + "\n");
        CHECK(answer->get_header_value("Content-Type").starts_with("text/plain; version=0.0.4"));
    }
    const auto other = client.Get("/");
    REQUIRE(other);
    CHECK(other->status == 404);
}

TEST_CASE("a text that cannot be made is status 500", "[examples][metrics]") {
    const metrics_endpoint endpoint(
        0, []() -> std::string { throw std::runtime_error("no device yet"); });
    const auto answer = httplib::Client("127.0.0.1", endpoint.port()).Get("/metrics");
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->body == "no device yet\n");
}

TEST_CASE("a port that is taken is an error that names it", "[examples][metrics]") {
    const auto text = [] { return std::string(); };
    const metrics_endpoint first(0, text);
    std::string message;
    try {
        const metrics_endpoint second(first.port(), text);
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK(message.find("127.0.0.1:" + std::to_string(first.port())) != std::string::npos);
    CHECK_THROWS_AS(metrics_endpoint(65536, text), std::runtime_error);
    CHECK_THROWS_AS(metrics_endpoint(-1, text), std::runtime_error);
    CHECK_THROWS_AS(metrics_endpoint(0, text, "192.0.2.1"), std::runtime_error);
}

TEST_CASE("an endpoint stops at any moment and its port is free again", "[examples][metrics]") {
    int port = 0;
    for (int i = 0; i < 20; ++i) {
        const metrics_endpoint endpoint(port, [] { return std::string("x"); });
        port = endpoint.port();
        if (i % 2 == 0) {
            CHECK(httplib::Client("127.0.0.1", port).Get("/metrics"));
        }
    }
}

TEST_CASE("several ask at once", "[examples][metrics]") {
    const metrics_endpoint endpoint(0, [] { return std::string("x"); });
    std::atomic<int> right{0};
    std::vector<std::thread> clients;
    for (int t = 0; t < 4; ++t) {
        clients.emplace_back([&] {
            for (int i = 0; i < 10; ++i) {
                const auto answer = httplib::Client("127.0.0.1", endpoint.port()).Get("/metrics");
                right += answer && answer->body == "x" ? 1 : 0;
            }
        });
    }
    for (std::thread& each : clients) {
        each.join();
    }
    CHECK(right == 40);
}
