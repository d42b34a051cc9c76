// SPDX-License-Identifier: MIT
#include <soma/perf/rounding_plan.hpp>

#include <vector>

#include <soma/soma.hpp>

#include "support/catch.hpp"

using namespace soma;
using perf::reader;
using perf::rounding_site;

namespace {

// Nodes: 0 input, 1 first, 2 second with the sum and the ReLU, 3 pool, 4 fc, 5 output.
struct net : model<input<float, 4, 4, 4>,
                   layers::conv2d<"first", 4, 1>,
                   layers::residual<layers::conv2d<"second", 4, 1>>,
                   layers::relu,
                   layers::max_pool<2>,
                   layers::flatten,
                   layers::linear<"fc", 3>> {};

struct half_kept : precision<float16, bfloat16> {
    static constexpr std::string_view name = "half_kept";
};

template <class Precision>
std::vector<rounding_site> sites() {
    return perf::plan_roundings<net, Precision>().sites;
}

constexpr auto operand = perf::set_of(reader::operand);

}  // namespace

static_assert(perf::reader_of(op::conv2d, 0) == reader::operand);
static_assert(perf::reader_of(op::conv2d, 1) == reader::storage);
static_assert(perf::reader_of(op::attention, 2) == reader::operand);
static_assert(perf::reader_of(op::add, 0) == reader::storage);
static_assert(perf::reader_of(op::output, 0) == reader::result);
static_assert((perf::set_of(reader::operand) | perf::set_of(reader::storage)
               | perf::set_of(reader::result))
              == perf::all_readers);

TEST_CASE("FP32 rounds nothing to 16 bits", "[perf][rounding_plan]") {
    CHECK(sites<fp32>().empty());
    CHECK(perf::plan_roundings<net, fp32>().operand == format::f32);
}

TEST_CASE("a model in BF16 rounds whatever it stores, once", "[perf][rounding_plan]") {
    const std::vector<rounding_site> expected{{0, perf::all_readers, format::bf16},
                                              {1, perf::all_readers, format::bf16},
                                              {2, perf::all_readers, format::bf16},
                                              {4, perf::all_readers, format::bf16}};
    CHECK(sites<bf16>() == expected);
    CHECK(perf::plan_roundings<net, bf16>().operand == format::bf16);
}

TEST_CASE("auto_cast returns FP32", "[perf][rounding_plan]") {
    const std::vector<rounding_site> expected{{0, perf::all_readers, format::f16},
                                              {1, perf::all_readers, format::f16},
                                              {2, perf::all_readers, format::f16}};
    CHECK(sites<auto_cast<fp16>>() == expected);
}

TEST_CASE("matmul_cast rounds operands and leaves the shortcut alone", "[perf][rounding_plan]") {
    const std::vector<rounding_site> expected{{0, perf::all_readers, format::bf16},
                                              {1, operand, format::bf16},
                                              {3, perf::all_readers, format::bf16}};
    CHECK(sites<matmul_cast<bf16>>() == expected);
}

TEST_CASE("a cast from one narrow format to another is a second rounding",
          "[perf][rounding_plan]") {
    const std::vector<rounding_site> expected{
        {0, perf::all_readers, format::bf16}, {1, perf::all_readers, format::f16},
        {1, operand, format::bf16},           {2, perf::all_readers, format::f16},
        {3, perf::all_readers, format::bf16}, {4, perf::all_readers, format::f16}};
    CHECK(sites<half_kept>() == expected);
}
