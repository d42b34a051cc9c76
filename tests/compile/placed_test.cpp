// SPDX-License-Identifier: MIT
#include <soma/compile/placed.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>

using namespace soma;

namespace {

template <class Schedule, class Precision = bf16, class Model = zoo::resnet<50>>
using on_inf1 = placed<Model, Precision, Schedule, inf1_xlarge>;

template <class Placed>
constexpr int asked_for() {
    int count = 0;
    for (const operation_place& p : Placed::places) {
        count += p.why == refusal::asked_for ? 1 : 0;
    }
    return count;
}

using all_on_core = on_inf1<schedule<batch<4>, require_all_on_core>>;
using block_on_host = on_inf1<schedule<on_host<"layer2.1">, batch<2>>>;

}  // namespace

static_assert(all_on_core::summary.host_nodes == 0 && all_on_core::summary.subgraphs == 1
              && all_on_core::size == core_graph<zoo::resnet<50>, bf16>::size);
static_assert(
    placed<zoo::bert_base<>, auto_cast<bf16>, require_all_on_core, inf1_6xlarge>::summary.host_nodes
    == 0);
static_assert(placed<zoo::resnet<152>, fp32, require_all_on_core, inf2_xlarge>::summary.host_nodes
              == 0);

// Nodes by name: a layer, a block with its three convolutions, a normalisation that was folded.
static_assert(asked_for<on_inf1<on_host<"fc">>>() == 1
              && on_inf1<on_host<"fc">>::summary.host_nodes == 1
              && on_inf1<on_host<"fc">>::summary.subgraphs == 2);
static_assert(asked_for<block_on_host>() == 3 && block_on_host::summary.subgraphs == 3);
static_assert(asked_for<on_inf1<on_host<"layer1.0.bn2">>>() == 1);
static_assert(asked_for<on_inf1<on_host<"layer1", "layer1.0.conv1">>>() == 10,
              "three blocks of three and a shortcut");

// What is left between two of them is a subgraph if it is long enough.
static_assert(on_inf1<on_host<"layer1.0.conv1", "layer1.0.conv3">>::summary.host_nodes == 3);
static_assert(
    on_inf1<schedule<on_host<"layer1.0.conv1", "layer1.0.conv3">, min_segment<1>>>::summary
        .host_nodes
    == 2);
// Not even the whole front of a network is worth a subgraph of a hundred.
static_assert(on_inf1<schedule<on_host<"fc">, min_segment<100>>>::summary.core_nodes == 0);
