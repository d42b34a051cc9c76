// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/policy/winograd.hpp>

using namespace soma;

namespace {

struct own_policy : precision<float> {
    static constexpr bool winograd_filtering = true;
    [[maybe_unused]] static constexpr std::string_view name = "own";
};
struct undecided : own_policy {
    static constexpr bool winograd_filtering = false;
};

}  // namespace

static_assert(precision_policy<winograd<fp32>>);
static_assert(winograd<fp32>::name == "winograd<fp32>");
static_assert(std::derived_from<winograd<fp32>, fp32>);
static_assert(std::same_as<winograd<fp32>::storage_type, float>
              && std::same_as<winograd<fp32>::compute_type, float>
              && std::same_as<winograd<fp32>::result_type, float>);

static_assert(allows_winograd<winograd<fp32>> && allows_winograd<own_policy>);
static_assert(!allows_winograd<fp32> && !allows_winograd<undecided>);
static_assert(!allows_winograd<matmul_cast<bf16>>);
