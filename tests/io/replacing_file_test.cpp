// SPDX-License-Identifier: MIT
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include <soma/io/replacing_file.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;
using io::replacing_file;

namespace {

auto files_in(const test::temporary_folder& folder) {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

}  // namespace

TEST_CASE("the file has its new contents from commit on", "[io][replacing_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("out");
    test::write_file(path, "old");

    replacing_file file(path);
    file.write("new ");
    file.write(test::bytes_of("contents"));
    CHECK(test::read_file(path) == "old");

    file.commit();
    CHECK(test::read_file(path) == "new contents");
    CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that was not committed leaves nothing behind", "[io][replacing_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("out");
    test::write_file(path, "old");
    {
        replacing_file file(path);
        file.write("new");
        CHECK(files_in(folder) == 2);
    }
    CHECK(files_in(folder) == 1);
    CHECK(test::read_file(path) == "old");
}

TEST_CASE("two writers of one name do not disturb each other", "[io][replacing_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("out");
    replacing_file first(path);
    replacing_file second(path);
    first.write("first");
    second.write("second");
    second.commit();
    first.commit();
    CHECK(test::read_file(path) == "first");
    CHECK(files_in(folder) == 1);
}

TEST_CASE("a place that cannot be written is an error that names it", "[io][replacing_file]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("missing/out");
    try {
        const replacing_file file(path);
        FAIL("no error");
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find(path) != std::string::npos);
        CHECK(error.code() == std::errc::no_such_file_or_directory);
    }
    replacing_file onto_folder(folder.path().string());
    onto_folder.write("x");
    CHECK_THROWS_AS(onto_folder.commit(), std::system_error);
}
