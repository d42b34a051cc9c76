// SPDX-License-Identifier: MIT
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/json_reader.hpp>

#include "support/catch.hpp"

using namespace std::string_literals;
using soma::io::json_reader;

namespace {

/// What is wrong with a text, or nothing.
std::string fault_of(std::string_view text) {
    json_reader reader(text);
    reader.skip();
    reader.finish();
    return reader.fault();
}

std::optional<std::string> string_of(std::string_view text) {
    json_reader reader(text);
    return reader.read_string();
}

}  // namespace

TEST_CASE("well-formed JSON is accepted", "[io][json_reader]") {
    const std::string_view text = GENERATE(as<std::string_view>{}, "{}", "[]", " \t\r\n[ ] ",
                                           R"({"a":1,"b":[true,false,null],"c":{"d":"e"}})",
                                           R"(["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"])",
                                           "[0,-0,10,-1.5,1e3,1E+3,1.25e-2]", "\"\"", "7");
    CHECK(fault_of(text).empty());
}

TEST_CASE("departures from the grammar are refused", "[io][json_reader]") {
    const std::string_view text = GENERATE(
        as<std::string_view>{}, "", "{", "[", "[1", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":1}}", "{} {}", "\"a", "\"a\\\"", "\"\\x41\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\ud83d\"", "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"a\nb\"", "\"\xED\xA0\x80\"", "01", "-", "+1", ".5",
        "1.", "1e", "1e+", "0x10", "NaN", "tru", "truex", "// no comments\n1");
    INFO(text);
    CHECK_FALSE(fault_of(text).empty());
}

TEST_CASE("a NUL byte is no white space and no end", "[io][json_reader]") {
    CHECK_FALSE(fault_of("1\0"s).empty());
    CHECK_FALSE(fault_of("\0"s).empty());
    CHECK_FALSE(fault_of("\"\0\""s).empty());
}

TEST_CASE("a fault says what was expected and where", "[io][json_reader]") {
    CHECK(fault_of("{\"a\" 1}") == "expected ':' after a key at byte 5");
    CHECK(fault_of("[1") == "expected ',' or ']' after an element at byte 2, which is the end");
    CHECK(fault_of("\"a") == "expected a closing quote at byte 2, which is the end");
    CHECK(fault_of("{\"a\":1,\"\\u0061\":2}") == "an object repeats a key at byte 16");
}

TEST_CASE("deep nesting is refused before it costs stack", "[io][json_reader]") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(fault_of(nested(32)).empty());
    CHECK_FALSE(fault_of(nested(33)).empty());
    CHECK_FALSE(fault_of(std::string(10'000'000, '[')).empty());

    std::string flat = "[";
    for (int i = 0; i < 100; ++i) {
        flat += "[],{},";
    }
    CHECK(fault_of(flat + "1]").empty());
}

TEST_CASE("escapes become UTF-8", "[io][json_reader]") {
    CHECK(string_of(R"("plain")") == "plain");
    CHECK(string_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(string_of(R"("\u0041\u00e9\u20AC\ud83d\ude00")")
          == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK(string_of(R"("a\u0000b")") == "a\0b"s);
    CHECK(string_of("\"\xF0\x9F\x98\x80\"") == "\xF0\x9F\x98\x80");
}

TEST_CASE("members arrive in order and repeated ones are marked", "[io][json_reader]") {
    json_reader reader(R"({"a":1, "b":[2], "a":3})");
    std::vector<std::string> seen;
    REQUIRE(reader.read_object([&](const std::string& key, bool repeated) {
        seen.push_back(key + (repeated ? "!" : ""));
        reader.skip();
    }));
    CHECK(seen == std::vector<std::string>{"a", "b", "a!"});
    CHECK(reader.finish());
}

TEST_CASE("a number is handed over as it is written", "[io][json_reader]") {
    json_reader reader("[-12, 1.50e+2, 99999999999999999999]");
    std::vector<std::string> seen;
    REQUIRE(reader.read_array([&] { seen.emplace_back(reader.read_number().value_or("none")); }));
    CHECK(seen == std::vector<std::string>{"-12", "1.50e+2", "99999999999999999999"});
}

TEST_CASE("a value can be looked at before it is read", "[io][json_reader]") {
    using kind = json_reader::kind;
    const auto kind_of = [](std::string_view text) { return json_reader(text).peek(); };
    CHECK(kind_of(" {") == kind::object);
    CHECK(kind_of("[") == kind::array);
    CHECK(kind_of("\"") == kind::string);
    CHECK(kind_of("-1") == kind::number);
    CHECK(kind_of("null") == kind::literal);
    CHECK(kind_of("") == kind::nothing);
    CHECK(kind_of("x") == kind::nothing);
}

TEST_CASE("after a fault every read fails and the first fault stays", "[io][json_reader]") {
    json_reader reader("[1, 2]");
    reader.reject("not wanted");
    CHECK_FALSE(reader.read_array([] {}));
    CHECK_FALSE(reader.read_string());
    CHECK_FALSE(reader.skip());
    CHECK_FALSE(reader.finish());
    CHECK(reader.fault() == "not wanted at byte 0");
}
