// SPDX-License-Identifier: MIT
#include "run.hpp"

link_test::report link_test::run_avx2() {
    return make_report();
}
