// SPDX-License-Identifier: MIT
#include "../examples/top/frame.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace top;

namespace {

rates busy_device() {
    rates now{.instance = "host", .uptime = 3723, .interval = 1.04};
    now.cores = {{.core = 0, .group = 0, .busy = 0.5}, {.core = 1, .group = 0, .busy = 1}};
    now.switches[0] = 12.345;
    now.bytes = {1048576, 2048, 512, 0};
    model_rates digits;
    digits.name = "digits";
    digits.program = "bf16, batch<8>";
    digits.done = 1234;
    digits.samples = 56789;
    digits.p50 = 312e-6;
    digits.p99 = 1.987e-3;
    digits.fill = 0.5;
    digits.queued_requests = 3;
    digits.in_flight = 5;
    digits.expired = 2.5;
    digits.bytes = {1048576, 2048, 512, 0};
    model_rates idle;
    idle.name = "idle";
    idle.p50 = idle.p99 = idle.fill = std::nan("");
    now.models = {digits, idle};
    return now;
}

std::vector<std::string> text_of(const std::vector<line>& lines) {
    std::vector<std::string> text;
    for (const line& each : lines) {
        text.push_back(plain(each));
    }
    return text;
}

int widest(const std::vector<line>& lines) {
    int most = 0;
    for (const line& each : lines) {
        int columns = 0;
        for (const span& s : each) {
            columns += width(s.text);
        }
        most = std::max(most, columns);
    }
    return most;
}

}  // namespace

TEST_CASE("a frame of 80 columns", "[examples][top]") {
    const rates now = busy_device();
    const auto lines = text_of(frame({"localhost:9100", ""}, &now, {80, false}));
    // clang-format off
    const std::vector<std::string> want{
        " soma top   host, 2 cores   up 1:02:03   over 1.0 s              localhost:9100",
        "",
        " CORES   group 0, busy   12.3 context switches/s",
        "   0 ||||||||||||||..............  50%    1 |||||||||||||||||||||||||||| 100%",
        "",
        " REQUESTS    done/s  samples/s      p50      p99   batch fill  queued  in flight",
        " digits        1234      56.8k   312 us  1.99 ms  |||...  50%       3          5",
        " idle             0          0        -        -  ......    -       0          0",
        "",
        " NOT DONE    refused/s  expired/s  failed/s  cancelled/s",
        " digits              0        2.5         0            0",
        " idle                0          0         0            0",
        "",
        " MEMORY       weights  activations  requests  timeline  program",
        " digits      1.00 MiB     2.00 KiB     512 B       0 B  bf16, batch<8>",
        " idle             0 B          0 B       0 B       0 B",
        " all         1.00 MiB     2.00 KiB     512 B       0 B  1.00 MiB together",
    };
    // clang-format on
    CHECK(lines == want);
}

TEST_CASE("no frame is wider than its terminal", "[examples][top]") {
    rates now = busy_device();
    now.models[0].name = "a name that is a good deal longer than there is room for, indeed much";
    now.models[0].program = "auto_cast<bf16>, schedule<batch<16>, pipeline<4>, static_weights>";
    now.models[1].name = "two\nlines \x1b[31m";
    now.cores.clear();
    for (int c = 0; c < 64; ++c) {
        now.cores.push_back({.core = c, .group = c / 32, .busy = c / 63.0});
    }
    now.switches[1] = 1e9;
    for (const int columns : {80, 81, 99, 120, 200, 300}) {
        for (const bool unicode : {true, false}) {
            for (const char* source :
                 {"", "localhost:9100", "a-host.with.a.long.name.example:65535"}) {
                const auto lines = frame({source, std::string(400, 'x')}, &now, {columns, unicode});
                CHECK(widest(lines) <= columns);
                for (const std::string& text : text_of(lines)) {
                    CHECK(std::none_of(text.begin(), text.end(),
                                       [](unsigned char c) { return c < 32; }));
                }
            }
        }
    }
    CHECK(widest(frame({"x", ""}, &now, {10, true})) <= 80);
}

TEST_CASE("trouble is said where it is seen", "[examples][top]") {
    const auto waiting = frame({"localhost:9100", "nobody is there"}, nullptr, {});
    REQUIRE(waiting.size() == 2);
    CHECK(plain(waiting[1]) == " nobody is there");
    CHECK(waiting[1][0].in == colour::bad);
    const rates now = busy_device();
    const auto well = frame({"x", ""}, &now, {});
    const auto ill = frame({"x", "trouble"}, &now, {});
    CHECK(well.size() == ill.size());
    CHECK(plain(ill[1]) == " trouble");
}

TEST_CASE("a device without models has cores", "[examples][top]") {
    rates now = busy_device();
    now.models.clear();
    const auto lines = text_of(frame({"x", ""}, &now, {}));
    CHECK(lines.back() == " no model is loaded");
}

TEST_CASE("figures have three digits and a unit", "[examples][top]") {
    CHECK(as_time(std::nan(""), true) == "-");
    CHECK(as_time(0, true) == "0.00 µs");
    CHECK(as_time(1.234e-6, false) == "1.23 us");
    CHECK(as_time(99.96e-6, false) == "100 us");
    CHECK(as_time(999.4e-6, false) == "999 us");
    CHECK(as_time(999.6e-6, false) == "1.00 ms");
    CHECK(as_time(12.34e-3, true) == "12.3 ms");
    CHECK(as_time(1.5, true) == "1.50 s");
    CHECK(as_bytes(0) == "0 B");
    CHECK(as_bytes(999) == "999 B");
    CHECK(as_bytes(1024) == "1.00 KiB");
    CHECK(as_bytes(1000 * 1024) == "0.98 MiB");
    CHECK(as_bytes(5.0 * 1024 * 1024 * 1024) == "5.00 GiB");
    CHECK(as_rate(0) == "0");
    CHECK(as_rate(0.04) == "0.0");
    CHECK(as_rate(9.96) == "10.0");
    CHECK(as_rate(123.4) == "123");
    CHECK(as_rate(9999.4) == "9999");
    CHECK(as_rate(12345) == "12.3k");
    CHECK(as_rate(2.5e6) == "2.50M");
}

TEST_CASE("bars fill from the left and keep their width", "[examples][top]") {
    CHECK(bar(0, 4, false) == "....");
    CHECK(bar(0.5, 4, false) == "||..");
    CHECK(bar(1, 4, false) == "||||");
    CHECK(bar(7, 4, false) == "||||");
    CHECK(bar(-1, 4, false) == "....");
    CHECK(bar(0.5, 4, true) == "██  ");
    CHECK(bar(0.5 / 4, 4, true) == "▌   ");
    CHECK(bar(1, 4, true) == "████");
    for (int i = 0; i <= 100; ++i) {
        CHECK(width(bar(i / 100.0, 13, true)) == 13);
    }
}
