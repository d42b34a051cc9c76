// SPDX-License-Identifier: MIT
#include <string>

#include <soma/model/zoo/resnet.hpp>
#include <soma/runtime/weights/save.hpp>
#include <soma/soma.hpp>

#include "compiled_network.hpp"
#include "seeded_weights.hpp"

namespace bench {

std::vector<compiled_network> resnet50_networks() {
    using namespace soma;
    using net = zoo::resnet<50>;
    const auto trained = seeded_weights<net>();
    return {
        compiled<program<net, fp32, batch<1>>>("resnet50", trained),
        compiled<program<net, fp32, batch<4>>>("resnet50", trained),
        compiled<program<net, fp32, schedule<batch<1>, tensor_parallel<2>>>>("resnet50", trained)};
}

void write_resnet50_weights(const std::string& path) {
    soma::save(path, seeded_parameters<soma::zoo::resnet<50>>());
}

}  // namespace bench
