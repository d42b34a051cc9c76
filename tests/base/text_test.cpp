// SPDX-License-Identifier: MIT
#include <limits>

#include <soma/base/text.hpp>

using namespace soma;

static_assert(text<8>{}.view().empty());
static_assert(text<8>{"ab"}.append("cd").view() == "abcd");
static_assert(text<16>{"stage "}.append(3).append(" of ").append(10).view() == "stage 3 of 10");

// What does not fit is cut, whole capacity used.
static_assert(text<4>{"abcdef"}.view() == "abcd");
static_assert(text<4>{"abc"}.append(12345).view() == "abc1");
static_assert(text<4>{"abcd"}.append("e").size == 4);

static_assert(text<24>{}.append(0).view() == "0");
static_assert(text<24>{}.append(-7).view() == "-7");
static_assert(text<24>{}.append(100).view() == "100");
static_assert(text<24>{}.append(std::numeric_limits<long long>::max()).view()
              == "9223372036854775807");
static_assert(text<24>{}.append(std::numeric_limits<long long>::min()).view()
              == "-9223372036854775808");

static_assert(exactly<3>("abcdef").view() == "abc");
static_assert(exactly<3>("abc") == fixed_string{"abc"});
static_assert(exactly<0>("") == fixed_string{""});
static_assert(exactly<8>("max_pool").text[8] == '\0');
