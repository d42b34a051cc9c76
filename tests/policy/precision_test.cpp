// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/policy/precision.hpp>

using namespace soma;

namespace {

template <class P, class Storage, class Compute, class Result>
concept roles = std::same_as<typename P::storage_type, Storage>
                && std::same_as<typename P::compute_type, Compute>
                && std::same_as<typename P::accumulate_type, float>
                && std::same_as<typename P::result_type, Result> && precision_policy<P>;

struct own_policy : precision<float16, bfloat16, float> {
    static constexpr std::string_view name = "own";
};
struct nameless : precision<float> {};
struct with_state : precision<float> {
    [[maybe_unused]] static constexpr std::string_view name = "state";
    int state = 0;
};
struct double_accumulator : precision<float> {
    using accumulate_type = double;
    [[maybe_unused]] static constexpr std::string_view name = "double";
};

}  // namespace

static_assert(roles<fp32, float, float, float>);
static_assert(roles<fp16, float16, float16, float16>);
static_assert(roles<bf16, bfloat16, bfloat16, bfloat16>);
static_assert(roles<matmul_cast<bf16>, float, bfloat16, float>);
static_assert(roles<matmul_cast<fp16>, float, float16, float>);
static_assert(roles<auto_cast<bf16>, bfloat16, bfloat16, float>);
static_assert(roles<auto_cast<fp16>, float16, float16, float>);

static_assert(fp32::name == "fp32" && fp16::name == "fp16" && bf16::name == "bf16");
static_assert(matmul_cast<bf16>::name == "matmul_cast<bf16>");
static_assert(matmul_cast<fp16>::name == "matmul_cast<fp16>");
static_assert(auto_cast<bf16>::name == "auto_cast<bf16>");
static_assert(auto_cast<fp16>::name == "auto_cast<fp16>");

// The concept asks for members, not for a base class.
static_assert(roles<own_policy, float16, bfloat16, float>);
static_assert(!precision_policy<nameless>);
static_assert(!precision_policy<with_state>);
static_assert(!precision_policy<double_accumulator>);
static_assert(!precision_policy<int> && !precision_policy<float> && !precision_policy<void>);
