// SPDX-License-Identifier: MIT
#include "support/model_test.hpp"

using namespace soma;

TEST_CASE("a network of convolutions, pools and joins agrees with its raw graph",
          "[runtime][executor]") {
    test::agrees_in_every_precision<test::mixed>(test::signs::positive);
}
