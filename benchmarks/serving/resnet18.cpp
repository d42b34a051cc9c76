// SPDX-License-Identifier: MIT
#include <soma/model/zoo/resnet.hpp>
#include <soma/soma.hpp>

#include "compiled_network.hpp"
#include "seeded_weights.hpp"

namespace bench {

std::vector<compiled_network> resnet18_networks() {
    using namespace soma;
    using net = zoo::resnet<18>;
    const auto trained = seeded_weights<net>();
    return {compiled<program<net, bf16, batch<1>>>("resnet18", trained),
            compiled<program<net, bf16, batch<4>>>("resnet18", trained)};
}

}  // namespace bench
