// SPDX-License-Identifier: MIT
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/safetensors.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;
using io::load_error;
using io::safetensors;

namespace {

std::vector<std::string> faults_of(std::string_view text) {
    try {
        static_cast<void>(safetensors::parse(test::bytes_of(text)));
    } catch (const load_error& error) {
        return error.faults();
    }
    return {};
}

std::string declare(std::string_view name,
                    std::string_view dtype,
                    std::string_view shape,
                    std::string_view offsets) {
    std::string text = "\"";
    text.append(name).append("\":{\"dtype\":\"").append(dtype).append("\",\"shape\":");
    return text.append(shape).append(",\"data_offsets\":").append(offsets).append("}");
}

std::vector<std::string> faults_of_tensors(std::string_view tensors, std::string_view data) {
    return faults_of(test::safetensors_text("{" + std::string(tensors) + "}", data));
}

using list = std::vector<std::string>;

}  // namespace

static_assert(!std::is_copy_constructible_v<safetensors> && std::movable<safetensors>);

TEST_CASE("the digits network is read whole", "[io][safetensors]") {
    const safetensors file = safetensors::open(test::digits_file("digits_resnet.safetensors"));
    CHECK(file.entries().size() == 47);
    CHECK(file.entries().front().name == "conv1.weight");

    const io::tensor_entry* const weight = file.find("fc.weight");
    REQUIRE(weight != nullptr);
    CHECK(weight->type == io::dtype::f32);
    CHECK(weight->shape == std::vector<std::int64_t>{10, 64});
    CHECK(io::to_tensor<shape<10, 64>>(*weight)(9, 63) == io::to_floats(*weight).back());
    CHECK(file.find("fc.weigh") == nullptr);
    CHECK(file.find("") == nullptr);
}

TEST_CASE("entries are found by name and listed by place", "[io][safetensors]") {
    const std::string text = test::safetensors_text("{" + declare("b", "U8", "[1]", "[3,4]") + ","
                                                        + declare("c", "U8", "[3]", "[0,3]") + ","
                                                        + declare("a", "U8", "[0]", "[3,3]") + "}",
                                                    "wxyz");
    const safetensors file = safetensors::parse(test::bytes_of(text));
    REQUIRE(file.entries().size() == 3);
    CHECK(file.entries()[0].name == "c");
    CHECK(file.entries()[1].name == "a");
    CHECK(file.entries()[2].name == "b");
    CHECK(file.find("b")->bytes[0] == std::byte{'z'});
    CHECK(file.find("a")->bytes.empty());
}

TEST_CASE("entries stay valid when the file object moves", "[io][safetensors]") {
    safetensors first = safetensors::open(test::digits_file("digits_resnet.safetensors"));
    const io::tensor_entry* const entry = first.find("fc.bias");
    const float before = io::to_floats(*entry).front();
    const safetensors second = std::move(first);
    CHECK(second.find("fc.bias") == entry);
    CHECK(io::to_floats(*entry).front() == before);
}

TEST_CASE("metadata are pairs of strings", "[io][safetensors]") {
    const std::string text = test::safetensors_text(R"({"__metadata__":{"format":"pt","n":""}})");
    const safetensors file = safetensors::parse(test::bytes_of(text));
    REQUIRE(file.metadata().size() == 2);
    CHECK(file.metadata()[0].key == "format");
    CHECK(file.metadata()[0].value == "pt");
    CHECK(file.entries().empty());
}

TEST_CASE("a length that cannot be is refused before anything is read", "[io][safetensors]") {
    using namespace std::string_literals;
    CHECK(faults_of("abc")
          == list{"header: expected its length in the first 8 bytes, found only 3"});
    CHECK(faults_of("\x03\0\0\0\0\0\0\0{}"s)
          == list{"header: expected a length of at most 2 bytes, found 3"});
    CHECK(faults_of(std::string(8, '\xFF') + "{}")
          == list{"header: expected a length of at most 2 bytes, found 18446744073709551615"});
    CHECK(faults_of(test::safetensors_text(""))
          == list{"header: expected its first byte to be '{'"});
    CHECK(faults_of(test::safetensors_text(" {}"))
          == list{"header: expected its first byte to be '{'"});
}

TEST_CASE("a header above the limit of the format is refused", "[io][safetensors]") {
    const std::string padding(safetensors::longest_header - 1, ' ');
    CHECK(faults_of(test::safetensors_text("{}" + padding))
          == list{"header: expected a length of at most 100000000 bytes, found 100000001"});
}

TEST_CASE("offsets must lie in the file", "[io][safetensors]") {
    CHECK(faults_of_tensors(declare("w", "F32", "[4]", "[0,16]"), "12345678")
          == list{"tensor \"w\": data_offsets: expected at most 8, the bytes of data in the file, "
                  "found [0, 16]"});
    CHECK(faults_of_tensors(declare("w", "F32", "[2]", "[8,0]"), "12345678")
          == list{"tensor \"w\": data_offsets: expected begin <= end, found [8, 0]"});
}

TEST_CASE("offsets must match the shape", "[io][safetensors]") {
    CHECK(faults_of_tensors(declare("w", "F32", "[1, 3]", "[0,8]"), "12345678")
          == list{"tensor \"w\": data_offsets: expected 12 bytes for F32 [1, 3], found 8"});
    CHECK(
        faults_of_tensors(declare("w", "F32", "[4294967296,4294967296]", "[0,8]"), "12345678")
        == list{"tensor \"w\": shape: the size of F32 [4294967296, 4294967296] is beyond 64 bits"});
    CHECK(faults_of_tensors(declare("w", "F32", "[4611686018427387904]", "[0,0]"), "")
          == list{"tensor \"w\": shape: the size of F32 [4611686018427387904] is beyond 64 bits"});
}

TEST_CASE("tensors may neither overlap nor leave bytes to nobody", "[io][safetensors]") {
    CHECK(faults_of_tensors(
              declare("a", "U8", "[6]", "[0,6]") + "," + declare("b", "U8", "[4]", "[4,8]"),
              "12345678")
          == list{"tensor \"b\": data_offsets: expected at least 6, where tensor \"a\" ends, found "
                  "[4, 8]"});
    CHECK(faults_of_tensors(
              declare("a", "U8", "[2]", "[1,3]") + "," + declare("b", "U8", "[2]", "[5,7]"),
              "12345678")
          == list{"data: bytes 0 to 1 belong to no tensor",
                  "data: bytes 3 to 5 belong to no tensor",
                  "data: bytes 7 to 8 belong to no tensor"});
    CHECK(faults_of_tensors("", "x") == list{"data: bytes 0 to 1 belong to no tensor"});
}

TEST_CASE("faults of the header and of the offsets are listed together", "[io][safetensors]") {
    CHECK(
        faults_of_tensors(
            declare("a", "Q4", "[1]", "[0,1]") + "," + declare("b", "U8", "[3]", "[1,9]"), "12")
        == list{"tensor \"a\": dtype: expected one of BOOL U8 I8 F8_E5M2 F8_E4M3 I16 U16 F16 BF16 "
                "I32 U32 F32 F64 I64 U64, found \"Q4\"",
                "tensor \"b\": data_offsets: expected at most 2, the bytes of data in the file, "
                "found [1, 9]",
                "tensor \"b\": data_offsets: expected 3 bytes for U8 [3], found 8"});
}

TEST_CASE("an error names the file", "[io][safetensors]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("net.safetensors");
    test::write_file(path, "abc");
    try {
        static_cast<void>(safetensors::open(path));
        FAIL("no error");
    } catch (const load_error& error) {
        CHECK(std::string(error.what()).starts_with(path + ": header: expected its length"));
    }
    CHECK_THROWS_AS(safetensors::open(folder.file("missing")), load_error);
}

TEST_CASE("every truncation of a good file is refused", "[io][safetensors]") {
    const std::string whole = test::safetensors_text(
        "{" + declare("w", "F32", "[2]", "[0,8]") + "," + declare("b", "U8", "[1]", "[8,9]") + "}",
        "123456789");
    REQUIRE(faults_of(whole).empty());
    std::size_t refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // A copy of exactly this length, so that the address sanitizer sees a read past its end.
        const std::vector<char> part(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(length));
        refused += faults_of({part.data(), part.size()}).empty() ? 0u : 1u;
    }
    CHECK(refused == whole.size());
}
