// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>

#include <sys/stat.h>

#include <soma/io/mapped_file.hpp>

#include "io/files.hpp"
#include "io/resident.hpp"
#include "support/catch.hpp"

using namespace soma;
using io::load_error;
using io::mapped_file;

static_assert(!std::is_copy_constructible_v<mapped_file>);
static_assert(std::is_nothrow_move_constructible_v<mapped_file>);

namespace {

std::string fault_of(const std::string& path) {
    try {
        const mapped_file file(path);
    } catch (const load_error& error) {
        return error.faults().front();
    }
    return "none";
}

}  // namespace

TEST_CASE("a mapped file has the bytes of the file", "[io][mapped_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("bytes");
    test::write_file(path, "soma");

    mapped_file file(path);
    REQUIRE(file.bytes().size() == 4);
    CHECK(file.bytes()[3] == std::byte{'a'});

    const std::byte* const data = file.bytes().data();
    mapped_file moved;
    moved = std::move(file);
    CHECK(moved.bytes().data() == data);
}

TEST_CASE("a mapping outlives the name of its file", "[io][mapped_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("bytes");
    test::write_file(path, "soma");
    const mapped_file file(path);
    std::filesystem::remove(path);
    CHECK(file.bytes()[0] == std::byte{'s'});
}

TEST_CASE("released pages leave memory and come back when touched", "[io][mapped_file]") {
    constexpr std::size_t size = std::size_t{16} << 20;
    const test::temporary_folder folder;
    const std::string path = folder.file("bytes");
    test::write_file(path, std::string(size, 'x'));
    const mapped_file file(path);
    const auto all = [&] {
        return std::count(file.bytes().begin(), file.bytes().end(), std::byte{'x'});
    };
    REQUIRE(all() == size);
    REQUIRE(test::resident_bytes(file.bytes().data()) == size);

    // In the middle of a page: all of it goes. Where the system maps huge pages, all of those.
    file.release(file.bytes().subspan(size / 4 + 5, size / 2));
    CHECK(test::resident_bytes(file.bytes().data()) <= size / 2);
    CHECK(test::resident_bytes(file.bytes().data()) >= size / 2 - 2 * (std::size_t{2} << 20));
    file.release(file.bytes());
    CHECK(test::resident_bytes(file.bytes().data()) == 0);
    CHECK(all() == size);

    file.release({});
    mapped_file().release(file.bytes());  // bytes of somebody else
    CHECK(test::resident_bytes(file.bytes().data()) == size);
}

TEST_CASE("what is not a file with bytes is refused by name", "[io][mapped_file]") {
    const test::temporary_folder folder;
    test::write_file(folder.file("empty"), "");
    const std::string pipe = folder.file("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);

    CHECK(fault_of(folder.file("missing")) == "cannot be opened: No such file or directory");
    CHECK(fault_of(folder.path().string()) == "is not a regular file");
    CHECK(fault_of(pipe) == "is not a regular file");
    CHECK(fault_of(folder.file("empty")) == "is empty");
}
