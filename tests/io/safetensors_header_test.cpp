// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/io/safetensors_header.hpp>

#include "support/catch.hpp"

using namespace soma::io;

namespace {

std::vector<std::string> faults_of(std::string_view json) {
    fault_list faults;
    static_cast<void>(read_safetensors_header(json, faults));
    try {
        faults.throw_if_any("header");
    } catch (const load_error& error) {
        return error.faults();
    }
    return {};
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a header declares tensors and metadata", "[io][safetensors_header]") {
    fault_list faults;
    const safetensors_header header = read_safetensors_header(
        R"({"__metadata__":{"format":"pt"},
            "w":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},
            "b":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}})",
        faults);
    REQUIRE(faults.empty());
    CHECK(header.complete);
    REQUIRE(header.tensors.size() == 2);
    CHECK(header.tensors[0].name == "w");
    CHECK(header.tensors[0].type == dtype::bf16);
    CHECK(header.tensors[0].shape == std::vector<std::int64_t>{2, 3});
    CHECK(header.tensors[0].offsets == std::pair<std::int64_t, std::int64_t>(4, 16));
    CHECK(header.tensors[1].shape == std::vector<std::int64_t>{});
    REQUIRE(header.metadata.size() == 1);
    CHECK(header.metadata[0].key == "format");
    CHECK(header.metadata[0].value == "pt");
}

TEST_CASE("all faults of a header are found in one pass", "[io][safetensors_header]") {
    CHECK(
        faults_of(R"({"a":{"dtype":"Q4","shape":[-1],"data_offsets":[0]},
                        "b":{"shape":"2"},
                        "c":null,
                        "__metadata__":{"k":1}})")
        == list{"tensor \"a\": dtype: expected one of BOOL U8 I8 F8_E5M2 F8_E4M3 I16 U16 F16 BF16 "
                "I32 U32 F32 F64 I64 U64, found \"Q4\"",
                "tensor \"a\": shape: expected integers from 0 to 2^63 - 1, found \"-1\"",
                "tensor \"a\": data_offsets: expected 2 integers, found 1",
                "tensor \"b\": shape: expected an array of integers, found a string",
                "tensor \"b\": dtype: missing", "tensor \"b\": data_offsets: missing",
                "tensor \"c\": expected an object with dtype, shape, data_offsets, found true, "
                "false or null",
                "metadata: key \"k\": expected a string, found a number"});
}

TEST_CASE("only whole numbers from 0 to 2^63 - 1 are counts", "[io][safetensors_header]") {
    const std::string_view number =
        GENERATE(as<std::string_view>{}, "1.0", "1e3", "-1", "9223372036854775808",
                 "18446744073709551616", "123456789012345678901234567890");
    const std::string json =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[" + std::string(number) + "],\"data_offsets\":[0,1]}}";
    CHECK(faults_of(json)
          == list{"tensor \"a\": shape: expected integers from 0 to 2^63 - 1, found \""
                  + std::string(number) + "\""});
}

TEST_CASE("names that repeat are found after their escapes are resolved",
          "[io][safetensors_header]") {
    const std::string part = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    CHECK(faults_of("{\"a\":" + part + ",\"\\u0061\":" + part + "}")
          == list{"tensor \"a\": appears more than once"});
    CHECK(faults_of(R"({"__metadata__":{},"__metadata__":{}})")
          == list{"metadata: appears more than once"});
    CHECK(faults_of(R"({"__metadata__":{"k":"","k":""}})")
          == list{"metadata: key \"k\" appears more than once"});
    CHECK(faults_of(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})")
          == list{"tensor \"a\": key \"dtype\" appears more than once"});
}

TEST_CASE("a key that the format does not know is refused", "[io][safetensors_header]") {
    CHECK(faults_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"scale":[{"x":null}]}})")
          == list{"tensor \"a\": expected only dtype, shape and data_offsets, found the key "
                  "\"scale\""});
}

TEST_CASE("text that is not JSON ends the pass", "[io][safetensors_header]") {
    CHECK(
        faults_of(R"({"a":3,"b")")
        == list{"tensor \"a\": expected an object with dtype, shape, data_offsets, found a number",
                "header: not JSON: expected ':' after a key at byte 10, which is the end"});
    CHECK(faults_of("{}x") == list{"header: not JSON: expected the end of the text at byte 2"});
}

TEST_CASE("a header with endless faults is given up", "[io][safetensors_header]") {
    std::string json = "{";
    for (int i = 0; i < 5000; ++i) {
        json.append("\"").append(std::to_string(i)).append("\":0,");
    }
    CHECK(faults_of(json).size() == fault_list::most + 1);
    CHECK(faults_of("{\"a\":{\"shape\":[" + std::string(100'000, '-')).size() < 10);
}
