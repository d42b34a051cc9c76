// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/compile/lowered.hpp>
#include <soma/layers/activation.hpp>
#include <soma/model/join.hpp>

using namespace soma;

namespace {

struct net
    : model<input<float, 4, 6, 5>,
            layers::scope<
                "layer1",
                layers::residual<layers::sequential<layers::conv2d<"conv1", 4, 3, padding<1>>,
                                                    layers::batch_norm<"bn1">>>,
                layers::relu>> {};

}  // namespace

// input, convolution with everything fused, output: exactly as many nodes as are left.
static_assert(lowered<net>::data.size == 3 && net::raw.size == 6);
static_assert(lowered<net>::graph.size == lowered<net>::data.size);
static_assert(lowered<net>::data.at(1).kind == op::conv2d
              && lowered<net>::data.at(1).residual == 0);
static_assert(lowered<net>::data.at(2).kind == op::output
              && lowered<net>::data.at(2).inputs[0] == 1);
static_assert(lowered<net>::data.at(1).work.macs == net::work.macs);

static_assert([] {
    text<40> path;
    const auto& names = lowered<net>::names;
    names.spell(pack_name(names, lowered<net>::data.at(1).norm),
                [&](std::string_view piece) { path.append(piece); });
    return path.view() == "layer1.bn1";
}());
