// SPDX-License-Identifier: MIT
#include <soma/perf/environment.hpp>

#include <cstdlib>
#include <sstream>
#include <string>

#include "support/catch.hpp"

using namespace soma::perf;

TEST_CASE("an environment names the machine, the build and the library", "[perf][environment]") {
    const environment machine = read_environment();
    CHECK(!machine.processor.empty());
    CHECK(machine.isa == soma::simd::native::name);
    CHECK(machine.allowed_processors >= 1);
    CHECK(machine.allowed_processors <= machine.online_processors);
    CHECK(!machine.compiler.empty());
    REQUIRE(!machine.libraries.empty());
    CHECK(machine.libraries.front().first == "soma");
    CHECK(machine.libraries.front().second
          == std::to_string(SOMA_VERSION_MAJOR) + "." + std::to_string(SOMA_VERSION_MINOR) + "."
                 + std::to_string(SOMA_VERSION_PATCH));
}

TEST_CASE("an environment prints its libraries and the peers' variables", "[perf][environment]") {
    environment machine;
    machine.processor = "P";
    machine.isa = "I";
    machine.compiler = "C";
    machine.allowed_processors = 1;
    machine.online_processors = 2;
    machine.add_library("soma", "1.0").add_library("peer", "2.0");
    machine.variables.emplace_back("OMP_NUM_THREADS", "4");
    std::ostringstream out;
    out << machine;
    CHECK(out.str()
          == "processor   P\n"
             "processors  1 allowed of 2\n"
             "compiled    for I by C\n"
             "libraries   soma 1.0, peer 2.0\n"
             "variable    OMP_NUM_THREADS=4\n");
}

TEST_CASE("variables that choose a peer's kernels are noted and can be cleared",
          "[perf][environment]") {
    clear_peer_variables();
    CHECK(read_environment().variables.empty());
    ::setenv("OPENBLAS_CORETYPE", "Haswell", 1);
    const environment machine = read_environment();
    REQUIRE(machine.variables.size() == 1);
    CHECK(machine.variables.front() == named_text("OPENBLAS_CORETYPE", "Haswell"));
    clear_peer_variables();
    CHECK(std::getenv("OPENBLAS_CORETYPE") == nullptr);
}

TEST_CASE("a field of the processor's description is found by its whole name",
          "[perf][environment]") {
    const char* const text =
        "processor\t: 0\nmodel\t\t: 2\nmodel name\t: A CPU: fast\nempty\t:\n\nmodel name : other\n";
    const auto field = [&](const char* name) {
        std::istringstream in(text);
        return detail::cpuinfo_field(in, name);
    };
    CHECK(field("model") == "2");
    CHECK(field("model name") == "A CPU: fast");
    CHECK(field("empty").empty());
    CHECK(field("absent").empty());
}
