// SPDX-License-Identifier: MIT
#include <cmath>

#include <soma/model/zoo/resnet.hpp>
#include <soma/policy/winograd.hpp>

#include "support/schedules.hpp"

using namespace soma;
using namespace soma::test;

namespace {

/// A small image through the first blocks of a residual network: both sizes of tiles, a residual
/// and a stride, which stays direct.
struct small_resnet
    : model<input<float, 3, 26, 22>,
            layers::conv2d<"stem", 32, 3, padding<1>>,
            layers::batch_norm<"stem_norm">,
            layers::relu,
            layers::residual<layers::sequential<layers::conv2d<"conv1", 32, 3, padding<1>>,
                                                layers::batch_norm<"bn1">,
                                                layers::relu,
                                                layers::conv2d<"conv2", 32, 3, padding<1>>,
                                                layers::batch_norm<"bn2">>>,
            layers::relu,
            layers::conv2d<"down", 64, 3, stride<2>, padding<1>>,
            layers::conv2d<"conv3", 64, 3, padding<1>, with_bias>,
            layers::silu,
            layers::global_average_pool,
            layers::linear<"fc", 9>> {};

using direct = program<small_resnet, fp32>;
using filtered = program<small_resnet, winograd<fp32>>;

template <class Program>
constexpr int nodes_by(kernels::algorithm a) {
    int count = 0;
    for (const plan_node& n : Program::nodes) {
        count += is_matmul(n.kind) && n.algorithm == a ? 1 : 0;
    }
    return count;
}

}  // namespace

static_assert(nodes_by<direct>(kernels::algorithm::direct) == 6);
// The stem reads an image with a border of zeros, "down" has a stride, "fc" is no image.
static_assert(nodes_by<filtered>(kernels::algorithm::direct) == 3);
static_assert(nodes_by<filtered>(kernels::algorithm::winograd_4x4) == 2);
static_assert(nodes_by<filtered>(kernels::algorithm::winograd_2x2) == 1);
static_assert([] {
    bool cut = false;
    for (const plan_node& n : program<small_resnet, winograd<fp32>, tensor_parallel<2>>::nodes) {
        cut = cut || (n.algorithm != kernels::algorithm::direct && n.chunks > 1);
    }
    return cut;
}());
static_assert(filtered::packed_bytes > direct::packed_bytes);
static_assert(filtered::arena_bytes > direct::arena_bytes);

TEST_CASE("a program by Winograd's filtering gives the same bits in every schedule",
          "[runtime][executor]") {
    const std::vector<float> in = inputs<small_resnet>(7);
    const auto want = results<filtered>(in);
    REQUIRE(want.size() == 7 * 9);
    same_bits<program<small_resnet, winograd<fp32>, batch<2>>>(in, want);
    same_bits<program<small_resnet, winograd<fp32>, batch<5>>>(in, want);
    same_bits<program<small_resnet, winograd<fp32>, schedule<batch<3>, replicate<2>>>>(in, want);
    same_bits<program<small_resnet, winograd<fp32>, tensor_parallel<2, 1>>>(in, want);
    same_bits<program<small_resnet, winograd<fp32>, schedule<tensor_parallel<3>, batch<2>>>>(in,
                                                                                             want);
}

TEST_CASE("a program by Winograd's filtering differs from the direct one in its last digits",
          "[runtime][executor]") {
    const std::vector<float> in = inputs<small_resnet>(3);
    const auto sum = results<direct>(in);
    const auto few = results<filtered>(in);
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
        difference = std::fmax(difference, std::abs(static_cast<double>(sum[i] - few[i])));
        largest = std::fmax(largest, std::abs(static_cast<double>(sum[i])));
    }
    CHECK(difference > 0);
    CHECK(difference < 1e-4 * largest);
}
