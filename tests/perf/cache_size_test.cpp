// SPDX-License-Identifier: MIT
#include <soma/perf/cache_size.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma::perf;

TEST_CASE("sizes as the system writes them", "[perf][cache_size]") {
    CHECK(detail::bytes_of_size("48K") == 48 * 1024);
    CHECK(detail::bytes_of_size("1024K") == 1 << 20);
    CHECK(detail::bytes_of_size("32M") == 32 << 20);
    CHECK(detail::bytes_of_size("1G") == 1 << 30);
    CHECK(detail::bytes_of_size("640") == 640);
    for (const char* none : {"", "K", "large", "12T", "-4K"}) {
        CHECK(detail::bytes_of_size(none) == 0);
    }
}

TEST_CASE("the cache of a level that holds data is found", "[perf][cache_size]") {
    const soma::test::temporary_folder folder;
    const std::filesystem::path root = folder.file("cache");
    auto add = [&, index = 0](const char* level, const char* type, const char* size) mutable {
        const auto cache = root / ("index" + std::to_string(index++));
        std::filesystem::create_directories(cache);
        std::ofstream(cache / "level") << level << '\n';
        std::ofstream(cache / "type") << type << '\n';
        std::ofstream(cache / "size") << size << '\n';
    };
    CHECK(detail::cache_bytes_in(root, 1) == 0);
    add("1", "Instruction", "64K");
    add("1", "Data", "48K");
    add("2", "Unified", "2048K");
    CHECK(detail::cache_bytes_in(root, 1) == 48 * 1024);
    CHECK(detail::cache_bytes_in(root, 2) == 2 << 20);
    CHECK(detail::cache_bytes_in(root, 3) == 0);
}

TEST_CASE("no machine has caches of level 99", "[perf][cache_size]") {
    CHECK(cache_bytes(99) == 0);
    CHECK(cache_bytes(2, 1 << 20) == 0);
}
