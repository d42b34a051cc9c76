// SPDX-License-Identifier: MIT
#include "../examples/top/parse.hpp"

#include <chrono>
#include <cmath>
#include <sstream>
#include <string>

#include <soma/perf/prometheus.hpp>

#include "support/catch.hpp"

using namespace top;

namespace {

std::string refusal(const std::string& text) {
    try {
        static_cast<void>(parse(text));
    } catch (const bad_text& error) {
        return error.what();
    }
    return "not refused";
}

}  // namespace

TEST_CASE("samples are read with labels and values", "[examples][top]") {
    const auto samples = parse(
        "# HELP a b\n# TYPE a counter\n\na 1\nb{} 2.5e3\n"
        "c{x=\"1\",y=\"two words\"} -Inf\nd { z = \"\" , } NaN 1395066363000\n  e\t+7\r\n"
        "f{g=\"h\"}3");
    REQUIRE(samples.size() == 6);
    CHECK(samples[0].name == "a");
    CHECK(samples[0].labels.empty());
    CHECK(samples[0].value == 1);
    CHECK(samples[1].value == 2500);
    CHECK(samples[2].label("x") == "1");
    CHECK(samples[2].label("y") == "two words");
    CHECK(samples[2].label("z").empty());
    CHECK(samples[2].value == -INFINITY);
    REQUIRE(samples[3].labels.size() == 1);
    CHECK(samples[3].labels[0].first == "z");
    CHECK(std::isnan(samples[3].value));
    CHECK(samples[4].name == "e");
    CHECK(samples[4].value == 7);
    CHECK(samples[5].label("g") == "h");
    CHECK(samples[5].value == 3);
}

TEST_CASE("escapes are undone, brackets in a value are none", "[examples][top]") {
    const auto samples = parse(R"(a{x="q \" b \\ n \n e \\n }",y="{,="} 1)");
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].label("x") == "q \" b \\ n \n e \\n }");
    CHECK(samples[0].label("y") == "{,=");
}

TEST_CASE("lines that make no sense are refused with their number", "[examples][top]") {
    CHECK(refusal("a 1\n\nb\n") == "line 3: expected a number, got \"b\"");
    CHECK(refusal("a 1x\n") == "line 1: expected a number, got \"a 1x\"");
    CHECK(refusal("a 1 2 3\n") == "line 1: expected a number, got \"a 1 2 3\"");
    CHECK(refusal("{a=\"1\"} 1").starts_with("line 1: expected a metric's name"));
    for (const char* line : {"a{x} 1", "a{x=1} 1", "a{x=\"1} 1", "a{x=\"1\" 1", "a{", "a{x=\"\\"}) {
        INFO(line);
        CHECK(refusal(line).starts_with("line 1: expected label=\"value\""));
    }
    CHECK(refusal("<!doctype html>\n" + std::string(100, 'x')).size() < 120);
}

TEST_CASE("what a device writes is read as it was", "[examples][top]") {
    soma::device_status device;
    device.instance = "a \"b\" \\ c\nd";
    device.uptime = std::chrono::nanoseconds(1'500'000'000);
    std::ostringstream text;
    soma::perf::write_prometheus(text, device);
    const auto samples = parse(text.str());
    REQUIRE(samples.size() > 2);
    CHECK(samples[0].label("instance") == device.instance);
    CHECK(samples[1].name == "soma_uptime_seconds");
    CHECK(samples[1].value == 1.5);
}
