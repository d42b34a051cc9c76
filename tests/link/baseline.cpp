// SPDX-License-Identifier: MIT
#include "run.hpp"

link_test::report link_test::run_baseline() {
    return make_report();
}
