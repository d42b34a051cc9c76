// SPDX-License-Identifier: MIT
#include <soma/base/fixed_string.hpp>

using namespace soma;

namespace {

template <fixed_string Name>
struct named {
    static constexpr std::string_view view = Name.view();
};

}  // namespace

static_assert(named<"conv1">::view == "conv1");
static_assert(named<"conv1">::view.size() == 5);
static_assert(named<"">::view.empty());
static_assert(named<"a\0b">::view.size() == 3, "a literal is taken whole");

// The terminator belongs to the array: compilers spell arrays that end in it.
static_assert(sizeof(fixed_string{"bn1"}) == 4 && fixed_string{"bn1"}.text[3] == '\0');

static_assert(fixed_string{"same"} == fixed_string{"same"});
static_assert(!(fixed_string{"same"} == fixed_string{"sane"}));
static_assert(std::is_same_v<named<"x">, named<fixed_string{"x"}>>);
static_assert(!std::is_same_v<named<"x">, named<"y">>);
static_assert(!std::is_same_v<named<"x">, named<"xx">>);
static_assert(fixed_string<4>{}.view() == std::string_view("\0\0\0", 3));
