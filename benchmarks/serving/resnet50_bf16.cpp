// SPDX-License-Identifier: MIT
#include <soma/model/zoo/resnet.hpp>
#include <soma/soma.hpp>

#include "compiled_network.hpp"
#include "seeded_weights.hpp"

namespace bench {

std::vector<compiled_network> resnet50_bf16_networks() {
    using namespace soma;
    using net = zoo::resnet<50>;
    const auto trained = seeded_weights<net>();
    return {
        compiled<program<net, bf16, batch<4>>>("resnet50", trained),
        compiled<program<net, bf16, schedule<batch<1>, tensor_parallel<2>>>>("resnet50", trained)};
}

}  // namespace bench
