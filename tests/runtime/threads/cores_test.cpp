// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>
#include <thread>

#include <soma/runtime/threads/cores.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;
using detail::cores_of_quota;

TEST_CASE("a cgroup's quota is rounded up to whole cores", "[runtime][cores]") {
    CHECK(cores_of_quota("200000 100000") == 2);
    CHECK(cores_of_quota("150000 100000") == 2);
    CHECK(cores_of_quota("100001 100000") == 2);
    CHECK(cores_of_quota("50000 100000") == 1);
    CHECK(cores_of_quota("6400000 100000") == 64);
}

TEST_CASE("no quota, or a line that is none, means no limit", "[runtime][cores]") {
    CHECK(cores_of_quota("max 100000") == 0);
    for (const char* line : {"", " ", "max", "100000", "a b", "100000 b", "-1 100000", "100000 0",
                             "0 100000", "nan 100000", "1e999 100000", "100000 -5"}) {
        INFO('"' << line << '"');
        CHECK(cores_of_quota(line) == 0);
    }
}

TEST_CASE("the first line of a file is read, of no file an empty one", "[runtime][cores]") {
    const test::temporary_folder folder;
    test::write_file(folder.file("cpu.max"), "200000 100000\nrest\n");
    CHECK(detail::first_line(folder.file("cpu.max")) == "200000 100000");
    CHECK(detail::first_line(folder.file("missing")).empty());
}

TEST_CASE("available cores are at least one and no more than the affinity mask",
          "[runtime][cores]") {
    CHECK(available_cores() >= 1);
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    CHECK(available_cores() <= CPU_COUNT(&allowed));

    // A thread's own mask, so that the rest of the program keeps its cores.
    int cores = 0;
    std::thread([&] {
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE; ++i) {
            if (CPU_ISSET(static_cast<std::size_t>(i), &allowed)) {
                CPU_SET(static_cast<std::size_t>(i), &one);
                break;
            }
        }
        if (sched_setaffinity(0, sizeof(one), &one) == 0) {
            cores = available_cores();
        }
    }).join();
    CHECK(cores == 1);
#endif
}
