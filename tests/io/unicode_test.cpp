// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>
#include <string_view>

#include <soma/io/unicode.hpp>

#include "support/catch.hpp"

using namespace soma::io;

static_assert(join_surrogates(0xD83D, 0xDE00) == 0x1F600);
static_assert(is_high_surrogate(0xD800) && is_high_surrogate(0xDBFF) && !is_high_surrogate(0xDC00));
static_assert(is_low_surrogate(0xDC00) && is_low_surrogate(0xDFFF) && !is_low_surrogate(0xE000));

TEST_CASE("every code point is written as UTF-8 that is accepted", "[io][unicode]") {
    int wrong = 0;
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        if (point == 0xD800) {
            point = 0xE000;
        }
        std::string text;
        append_utf8(text, point);
        wrong += utf8_length(text) == text.size() && is_utf8(text) ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("the first bytes of a character decide its length", "[io][unicode]") {
    CHECK(utf8_length("") == 0);
    CHECK(utf8_length("a") == 1);
    CHECK(utf8_length("\xC3\xA9x") == 2);
    CHECK(utf8_length("\xE2\x82\xAC") == 3);
    CHECK(utf8_length("\xF0\x9F\x98\x80") == 4);
}

TEST_CASE("ill-formed UTF-8 is refused", "[io][unicode]") {
    const std::string_view text = GENERATE(as<std::string_view>{},
                                           "\x80",              // continues nothing
                                           "\xC3",              // ends early
                                           "\xE2\x82",          // ends early
                                           "\xC3(",             // not continued
                                           "\xC0\x80",          // NUL in two bytes
                                           "\xC1\xBF",          // ASCII in two bytes
                                           "\xE0\x9F\xBF",      // two bytes' worth in three
                                           "\xF0\x8F\xBF\xBF",  // three bytes' worth in four
                                           "\xED\xA0\x80",      // a surrogate
                                           "\xF4\x90\x80\x80",  // past the last code point
                                           "\xF5\x80\x80\x80", "\xFF");
    CHECK(utf8_length(text) == 0);
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_utf8(std::string("ok").append(text)));
}
