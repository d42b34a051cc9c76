// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/npy_header.hpp>

#include "support/catch.hpp"

using namespace soma::io;

namespace {

using list = std::vector<std::string>;

list faults_of(std::string_view text) {
    fault_list faults;
    static_cast<void>(read_npy_header(text, faults));
    try {
        faults.throw_if_any("header");
    } catch (const load_error& error) {
        return error.faults();
    }
    return {};
}

std::string with(std::string_view descr, std::string_view fortran, std::string_view shape) {
    return std::string("{'descr': ")
        .append(descr)
        .append(", 'fortran_order': ")
        .append(fortran)
        .append(", 'shape': ")
        .append(shape)
        .append(", }   \n");
}

}  // namespace

TEST_CASE("a header gives the type and the shape", "[io][npy_header]") {
    fault_list faults;
    const npy_header header = read_npy_header(with("'<f4'", "False", "(450, 10)"), faults);
    CHECK(faults.empty());
    CHECK(header.type == dtype::f32);
    CHECK(header.shape == std::vector<std::int64_t>{450, 10});
}

TEST_CASE("tuples are read as Python writes them", "[io][npy_header]") {
    const auto shape_of = [](std::string_view tuple) {
        fault_list faults;
        return read_npy_header(with("'<f4'", "False", tuple), faults).shape;
    };
    CHECK(shape_of("()") == std::vector<std::int64_t>{});
    CHECK(shape_of("(3,)") == std::vector<std::int64_t>{3});
    CHECK(shape_of("(3, 4,)") == std::vector<std::int64_t>{3, 4});
    CHECK(shape_of("( 3 ,4 )") == std::vector<std::int64_t>{3, 4});
    for (const std::string_view wrong :
         {"(3)", "(,)", "(3,,)", "(3 4)", "[3]", "3", "(3.0,)", "(3"}) {
        INFO(wrong);
        CHECK_FALSE(shape_of(wrong).has_value());
    }
}

TEST_CASE("keys may come in any order, in either quotes", "[io][npy_header]") {
    CHECK(faults_of("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|u1\"}").empty());
}

TEST_CASE("arrays that are not read are refused with a way out", "[io][npy_header]") {
    CHECK(faults_of(with("'>f4'", "True", "(2,)"))
          == list{"descr: big-endian numbers are not read; save array.astype('<f4')",
                  "fortran_order: column-major arrays are not read; save "
                  "numpy.ascontiguousarray(array)"});
    CHECK(faults_of(with("'|O'", "False", "(2,)"))
          == list{
              "descr: object arrays hold Python pickles, which can run code when read; save plain "
              "numbers"});
    CHECK(faults_of(with("[('x', '<f4'), ('y', '|O')]", "False", "(2,)"))
          == list{"descr: structured types are not read; save each field as its own array"});
    CHECK(faults_of(with("'<c8'", "False", "(2,)"))
          == list{"descr: expected one of |b1 |u1 |i1 <i2 <u2 <f2 <i4 <u4 <f4 <f8 <i8 <u8, found "
                  "\"<c8\""});
    CHECK(faults_of(with("'|f4'", "False", "(2,)")).size() == 1);
}

TEST_CASE("a header must be the whole dictionary and nothing else", "[io][npy_header]") {
    CHECK(faults_of("{'descr': '<f4'}")
          == list{"header: the key fortran_order is missing", "header: the key shape is missing"});
    CHECK(faults_of("{'more': 1}") == list{"header: unknown key \"more\""});
    CHECK(faults_of("{'descr': '<f4', 'descr': '<f4'}")
          == list{"header: the key \"descr\" appears more than once"});
    CHECK(faults_of("__import__('os')")
          == list{"header: expected the dictionary that numpy writes, stopped at byte 0 of it"});
    CHECK(faults_of(with("'<f4'", "False", "(2,)") + "x").size() == 1);
    CHECK(faults_of(with("'<f\\x34'", "False", "(2,)")).size() == 1);
    CHECK(faults_of(with("'<f4'", "False", "(-2,)"))
          == list{"shape: expected integers from 0 to 2^63 - 1"});
    CHECK(faults_of(with("'<f4'", "False", "(9223372036854775808,)"))
          == list{"shape: expected integers from 0 to 2^63 - 1"});
}
