// SPDX-License-Identifier: MIT
#include <soma/model/zoo/resnet.hpp>
#include <soma/soma.hpp>

#include "compiled_network.hpp"
#include "seeded_weights.hpp"

namespace bench {

std::vector<compiled_network> resnet50_bf16_networks() {
    using namespace soma;
    using net = zoo::resnet<50>;
    return {compiled<program<net, bf16, batch<4>>>("resnet50", seeded_weights<net>())};
}

}  // namespace bench
