// SPDX-License-Identifier: MIT
#include <string>
#include <type_traits>

#include <soma/io/load_error.hpp>

#include "support/catch.hpp"

using namespace soma::io;

static_assert(std::is_nothrow_copy_constructible_v<load_error>);

TEST_CASE("an error with one fault is one line", "[io][load_error]") {
    const load_error error("net.safetensors", {"is empty"});
    CHECK(std::string(error.what()) == "net.safetensors: is empty");
    CHECK(error.faults().size() == 1);
}

TEST_CASE("an error lists every fault", "[io][load_error]") {
    const load_error error("net.safetensors", {"first", "second"});
    CHECK(std::string(error.what()) == "net.safetensors: 2 faults\n  first\n  second");
}

TEST_CASE("a fault list throws only when it has faults", "[io][load_error]") {
    fault_list faults;
    CHECK_NOTHROW(faults.throw_if_any("file"));
    faults.add("wrong");
    CHECK_FALSE(faults.empty());
    CHECK_THROWS_AS(faults.throw_if_any("file"), load_error);
}

TEST_CASE("a fault list stops at its limit and says so", "[io][load_error]") {
    fault_list faults;
    for (std::size_t i = 0; i < fault_list::most + 5; ++i) {
        faults.add(std::to_string(i));
    }
    CHECK(faults.full());
    try {
        faults.throw_if_any("file");
        FAIL("no error");
    } catch (const load_error& error) {
        CHECK(error.faults().size() == fault_list::most + 1);
        CHECK(error.faults().back() == "the reader stopped here; there may be more faults");
    }
}

TEST_CASE("names from files are quoted safely", "[io][load_error]") {
    CHECK(in_quotes("fc.weight") == "\"fc.weight\"");
    CHECK(in_quotes(std::string("a\0\x1b[31m\n", 8)) == "\"a\\x00\\x1b[31m\\x0a\"");
    CHECK(in_quotes(std::string(1000, 'x')) == "\"" + std::string(120, 'x') + "...\"");
}
