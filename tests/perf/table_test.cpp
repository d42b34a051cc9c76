// SPDX-License-Identifier: MIT
#include <soma/perf/table.hpp>

#include <sstream>
#include <string>

#include "support/catch.hpp"

using namespace soma::perf;

namespace {

std::string printed(const table& t) {
    std::ostringstream out;
    t.print(out);
    return out.str();
}

std::string csv(const table& t) {
    std::ostringstream out;
    t.write_csv(out);
    return out.str();
}

}  // namespace

TEST_CASE("text starts at the left and numbers end at the right of a column", "[perf][table]") {
    table t({"name", "n", "ms"});
    t.add({"a", 5, {1.25, 1}}).add({"longer", 12345, {100.0, 1}});
    CHECK(printed(t)
          == "name        n     ms\n"
             "------  -----  -----\n"
             "a           5    1.2\n"
             "longer  12345  100.0\n");
}

TEST_CASE("a line has no blanks at its end", "[perf][table]") {
    table t({"a", "comment"});
    t.add({1, "long enough"}).add({2, ""});
    CHECK(printed(t) == "a  comment\n-  -----------\n1  long enough\n2\n");
}

TEST_CASE("a table without rows is its headings", "[perf][table]") {
    const table t({"a", "bc"});
    CHECK(t.size() == 0);
    CHECK(printed(t) == "a  bc\n-  --\n");
    CHECK(csv(t) == "a,bc\n");
}

TEST_CASE("an empty heading and an empty first cell keep their columns", "[perf][table]") {
    table t({"", "n"});
    t.add({"", 1}).add({"x", 2});
    CHECK(printed(t) == "   n\n-  -\n   1\nx  2\n");
}

TEST_CASE("separated values are quoted where they must be", "[perf][table]") {
    table t({"name", "value, unit"});
    t.add({"plain", 1}).add({"say \"x\"", {0.5, 2}}).add({"two\nlines", -3});
    CHECK(csv(t)
          == "name,\"value, unit\"\n"
             "plain,1\n"
             "\"say \"\"x\"\"\",0.50\n"
             "\"two\nlines\",-3\n");
}

TEST_CASE("a fixed number has the digits asked for", "[perf][table]") {
    CHECK(fixed(3.14159, 0) == "3");
    CHECK(fixed(3.14159, 2) == "3.14");
    CHECK(fixed(-0.5, 3) == "-0.500");
    CHECK(fixed(-1e308, 32).size() == 1 + 309 + 1 + 32);
}
