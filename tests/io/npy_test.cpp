// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace std::string_literals;
using namespace soma;
using io::load_error;
using io::npy_array;

namespace {

using list = std::vector<std::string>;

list faults_of(std::string_view text) {
    try {
        static_cast<void>(io::parse_npy(test::bytes_of(text)));
    } catch (const load_error& error) {
        return error.faults();
    }
    return {};
}

const std::string two_floats = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";

}  // namespace

TEST_CASE("arrays that NumPy saved are read", "[io][npy]") {
    const npy_array images = io::read_npy(test::digits_file("digits_test_images.npy"));
    CHECK(images.entry.type == io::dtype::f32);
    CHECK(images.entry.shape == std::vector<std::int64_t>{450, 1, 8, 8});
    const std::vector<float> pixels = io::to_floats(images.entry);
    CHECK(*std::max_element(pixels.begin(), pixels.end()) == 1.0F);
    CHECK(*std::min_element(pixels.begin(), pixels.end()) == 0.0F);

    const npy_array labels = io::read_npy(test::digits_file("digits_test_labels.npy"));
    const std::vector<std::int64_t> digits = io::to_integers(labels.entry);
    CHECK(digits.size() == 450);
    CHECK(std::all_of(digits.begin(), digits.end(), [](auto d) { return d >= 0 && d <= 9; }));
}

TEST_CASE("versions 1, 2 and 3 are read", "[io][npy]") {
    const std::string data(8, '\0');
    const std::string length{static_cast<char>(two_floats.size()), '\0', '\0', '\0'};
    CHECK(faults_of(test::npy_text(two_floats, data)).empty());
    CHECK(faults_of("\x93NUMPY\x02\x00"s + length + two_floats + data).empty());
    CHECK(faults_of("\x93NUMPY\x03\x00"s + length + two_floats + data).empty());
    CHECK(faults_of("\x93NUMPY\x04\x00"s + length + two_floats + data)
          == list{"version: expected 1.0, 2.0 or 3.0, found 4.0"});
}

TEST_CASE("a scalar has one element and an empty array none", "[io][npy]") {
    const std::string begin = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
    CHECK(faults_of(test::npy_text(begin + "()}", "abcd")).empty());
    CHECK(faults_of(test::npy_text(begin + "(0, 3)}")).empty());
}

TEST_CASE("bytes that are not an array are refused", "[io][npy]") {
    const list not_npy{"not a .npy file: expected it to begin with \\x93NUMPY and a version"};
    CHECK(faults_of("") == not_npy);
    CHECK(faults_of("PK\x03\x04 an archive") == not_npy);
    CHECK(faults_of("\x93NUMPY\x01"s) == not_npy);
    CHECK(faults_of("\x93NUMPY\x02\x00\x10\x00"s)
          == list{"header: the file ends inside its length"});
    CHECK(faults_of("\x93NUMPY\x01\x00\xFF\xFF{}"s)
          == list{"header: expected a length of at most 2 bytes, found 65535"});
    CHECK(faults_of("\x93NUMPY\x01\x00\xFF\xFF"s + std::string(70'000, ' '))
          == list{"header: expected a length of at most 10000 bytes, found 65535"});
}

TEST_CASE("the data must be exactly as long as the shape says", "[io][npy]") {
    CHECK(faults_of(test::npy_text(two_floats, "1234567"))
          == list{"data: expected 8 bytes for F32 [2], found 7"});
    CHECK(faults_of(test::npy_text(two_floats, "123456789"))
          == list{"data: expected 8 bytes for F32 [2], found 9"});
    CHECK(faults_of(test::npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                   "(4294967296, 4294967296)}"))
          == list{"data: expected over 2^64 bytes for F32 [4294967296, 4294967296], found 0"});
}

TEST_CASE("every truncation of an array is refused", "[io][npy]") {
    const std::string whole = test::npy_text(two_floats, "12345678");
    std::size_t refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // A copy of exactly this length, so that the address sanitizer sees a read past its end.
        const std::vector<char> part(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(length));
        refused += faults_of({part.data(), part.size()}).empty() ? 0u : 1u;
    }
    CHECK(refused == whole.size());
}

TEST_CASE("an error names the array's file", "[io][npy]") {
    const test::temporary_folder folder;
    test::write_file(folder.file("a.npy"), "abc");
    CHECK_THROWS_WITH(io::read_npy(folder.file("a.npy")),
                      Catch::Matchers::StartsWith(folder.file("a.npy") + ": not a .npy file"));
}
