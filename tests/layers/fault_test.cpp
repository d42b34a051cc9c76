// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/layers/fault.hpp>

using namespace soma;

namespace {

constexpr diagnostic sound;
constexpr diagnostic shape{fault::shape, {"layer3.1.conv2"}, {"32 channels"}, {"16 channels"}};
constexpr diagnostic join{fault::join, {"a"}, {"b"}, {"c"}};
constexpr diagnostic window{fault::window, {"a"}, {"b"}, {"c"}};
constexpr diagnostic inputs{fault::inputs, {"a"}, {"b"}, {"c"}};
constexpr diagnostic argument{fault::argument, {"a"}, {"b"}, {"c"}};
constexpr diagnostic name{fault::name, {"a"}, {"b"}, {"c"}};
constexpr diagnostic capacity{fault::capacity, {""}, {"b"}, {"c"}};
constexpr diagnostic in_parts{fault::shape,
                              {"123456789012345678901234567890123456"},
                              {"1234567890123456789012345678901234567"},
                              {"c"}};

template <const diagnostic& D>
using reason = typename decltype(reason_of<D>())::type;

template <fixed_string... Text>
using a = soma::layer<Text...>;
template <fixed_string... Text>
using b = expected<Text...>;
template <fixed_string... Text>
using c = got<Text...>;

}  // namespace

static_assert(std::same_as<reason<sound>, no_fault>);
static_assert(
    std::same_as<reason<shape>,
                 wrong_input_shape<a<"layer3.1.conv2">, b<"32 channels">, c<"16 channels">>>);
static_assert(std::same_as<reason<join>, joined_shapes_differ<a<"a">, b<"b">, c<"c">>>);
static_assert(std::same_as<reason<window>, window_exceeds_input<a<"a">, b<"b">, c<"c">>>);
static_assert(std::same_as<reason<inputs>, wrong_number_of_inputs<a<"a">, b<"b">, c<"c">>>);
static_assert(std::same_as<reason<argument>, wrong_layer_argument<a<"a">, b<"b">, c<"c">>>);
static_assert(std::same_as<reason<name>, parameter_name_used_twice<a<"a">, b<"b">, c<"c">>>);
static_assert(std::same_as<reason<capacity>, more_nodes_than_declared<a<"">, b<"b">, c<"c">>>);

// 36 characters are one text, 37 are two.
static_assert(std::same_as<reason<in_parts>,
                           wrong_input_shape<a<"123456789012345678901234567890123456">,
                                             b<"123456789012345678901234567890123456", "7">,
                                             c<"c">>>);

static_assert(sizeof(require_sound<sound>) > 0);
