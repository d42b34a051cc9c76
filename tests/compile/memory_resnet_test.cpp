// SPDX-License-Identifier: MIT
//
// The memory plan of whole networks: at most 5 % above what no plan can go below.

#include <soma/compile/program.hpp>
#include <soma/model/zoo/resnet.hpp>

using namespace soma;

namespace {

template <class Model, int Batch>
constexpr bool nearly_least = [] {
    using plan = program<Model, fp32, batch<Batch>>;
    static_assert(plan::least_activation_bytes > 0);
    static_assert(plan::activation_bytes >= plan::least_activation_bytes);
    return 100 * plan::activation_bytes <= 105 * plan::least_activation_bytes;
}();

}  // namespace

static_assert(nearly_least<zoo::resnet<18>, 1> && nearly_least<zoo::resnet<18>, 4>);
static_assert(nearly_least<zoo::resnet<34>, 1> && nearly_least<zoo::resnet<34>, 4>);
static_assert(nearly_least<zoo::resnet<50>, 1> && nearly_least<zoo::resnet<50>, 4>);
static_assert(nearly_least<zoo::resnet<101>, 1> && nearly_least<zoo::resnet<101>, 4>);
static_assert(nearly_least<zoo::resnet<152>, 1> && nearly_least<zoo::resnet<152>, 4>);
