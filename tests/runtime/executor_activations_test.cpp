// SPDX-License-Identifier: MIT
#include "support/model_test.hpp"

using namespace soma;

TEST_CASE("every activation, fused and alone, agrees with its raw graph", "[runtime][executor]") {
    test::agrees_in_every_precision<test::activations>(test::signs::mixed);
}
