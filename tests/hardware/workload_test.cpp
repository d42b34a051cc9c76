// SPDX-License-Identifier: MIT
#include <soma/hardware/workload.hpp>

using namespace soma;

static_assert(workload{}.flops() == 0);
static_assert(workload{.macs = 3}.flops() == 6);
static_assert(workload{.macs = 3, .vector_ops = 5, .parameters = 100}.flops() == 11,
              "parameters are no arithmetic");

static_assert([] {
    workload sum{.macs = 1, .vector_ops = 2, .parameters = 3};
    sum += {.macs = 10, .vector_ops = 20, .parameters = 30};
    sum += {};
    return sum;
}() == workload{.macs = 11, .vector_ops = 22, .parameters = 33});

// The operations of a large network at a large batch fit: 4.1e9 multiply-accumulates, 65536
// samples.
static_assert(workload{.macs = 4'089'184'256LL * 65'536}.flops() > 0);
