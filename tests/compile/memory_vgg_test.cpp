// SPDX-License-Identifier: MIT
//
// The memory plan of whole networks: at most 5 % above what no plan can go below.

#include <soma/compile/program.hpp>
#include <soma/model/zoo/vgg.hpp>

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

static_assert(nearly_least<zoo::vgg<11>, 1> && nearly_least<zoo::vgg<11>, 4>);
static_assert(nearly_least<zoo::vgg<16>, 1> && nearly_least<zoo::vgg<16>, 4>);
