// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/base/diagnostic.hpp>

using namespace soma;

namespace {

using reason = wrong_input_shape<layer<fixed_string{"conv1"}>,
                                 expected<fixed_string{"8"}>,
                                 got<fixed_string{"4"}>>;

template <class T>
concept complete = requires { sizeof(T); };

}  // namespace

// A sentence stops compilation because it is never defined; compile_fail/ reads what is printed.
static_assert(!complete<reason>);
static_assert(!complete<joined_shapes_differ<layer<>, expected<>, got<>>>);
static_assert(!complete<window_exceeds_input<layer<>, expected<>, got<>>>);
static_assert(!complete<wrong_number_of_inputs<layer<>, expected<>, got<>>>);
static_assert(!complete<wrong_layer_argument<layer<>, expected<>, got<>>>);
static_assert(!complete<parameter_name_used_twice<layer<>, expected<>, got<>>>);
static_assert(!complete<more_nodes_than_declared<layer<>, expected<>, got<>>>);
static_assert(!complete<wrong_schedule<policy<int>, expected<>, got<>>>);
static_assert(!complete<wrong_precision<policy<int>, expected<>, got<>>>);
static_assert(!complete<wrong_tensor_shape<policy<int>, expected<>, got<>>>);
static_assert(!complete<weights_of_another_model<policy<int>, expected<>, got<>>>);

static_assert(complete<no_fault> && complete<require<no_fault>>);
static_assert(std::same_as<fault_if<true, reason>, reason>);
static_assert(std::same_as<fault_if<false, reason>, no_fault>);

// The words themselves are complete: they only stand in a sentence.
static_assert(complete<expected<1, 2>> && complete<got_type<int>>
              && complete<expected_type<int, float>>);
