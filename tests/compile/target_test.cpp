// SPDX-License-Identifier: MIT
#include <concepts>
#include <soma/compile/target.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr instance mine{.name = "mine", .chip = {.name = "chip", .cores = 3}, .chips = 5};

}  // namespace

static_assert(program_target<simd::native> && program_target<inferentia> && program_target<on<mine>>
              && !program_target<int>);
static_assert(std::same_as<isa_of_t<simd::isa::baseline>, simd::isa::baseline>);
static_assert(std::same_as<isa_of_t<on<mine, simd::isa::baseline>>, simd::isa::baseline>);
static_assert(std::same_as<isa_of_t<inferentia>, simd::native>);
static_assert(on<mine>::where.cores() == 15);

TEST_CASE("a chip by its name is the smallest instance that has it", "[target]") {
    CHECK(inferentia::where.chips == 1);
    CHECK(inferentia::where.chip.name == "Inferentia");
    CHECK(inferentia2::where.chip.cores == 2);
}
