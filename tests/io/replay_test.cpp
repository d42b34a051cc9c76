// SPDX-License-Identifier: MIT
//
// Runs the corpus of the fuzzers (tests/fuzz) through the readers on every compiler.

#include <cstddef>
#include <filesystem>
#include <string>

#include "fuzz/npy_target.hpp"
#include "fuzz/safetensors_target.hpp"
#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;

namespace {

/// Runs each file; one named ok_* must be read and one named bad_* must not.
template <class Target>
std::size_t replay(const char* folder, Target target) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(
             std::string(SOMA_TESTS_DIR "/fuzz/corpus/") + folder)) {
        const std::string name = file.path().filename().string();
        const std::string text = test::read_file(file.path().string());
        INFO(name);
        const bool accepted = target(test::bytes_of(text));
        CHECK((accepted || !name.starts_with("ok_")));
        CHECK((!accepted || !name.starts_with("bad_")));
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("the safetensors reader stands its corpus", "[io][fuzz]") {
    CHECK(replay("safetensors", test::try_safetensors) >= 60);
}

TEST_CASE("the .npy reader stands its corpus", "[io][fuzz]") {
    CHECK(replay("npy", test::try_npy) >= 40);
}
