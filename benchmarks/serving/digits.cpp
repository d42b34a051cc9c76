// SPDX-License-Identifier: MIT
#include <memory>

#include "../../examples/digits/model.hpp"
#include "compiled_network.hpp"

namespace bench {

std::vector<compiled_network> digits_networks() {
    using namespace soma;
    using net = digits::resnet;
    const auto trained = std::make_shared<const weights<net>>(
        load<net>(SOMA_SOURCE_DIR "/examples/digits/data/digits_resnet.safetensors"));
    return {compiled<program<net, fp32, batch<1>>>("digits", trained),
            compiled<program<net, fp32, batch<8>>>("digits", trained),
            compiled<program<net, bf16, batch<1>>>("digits", trained),
            compiled<program<net, bf16, batch<8>>>("digits", trained),
            compiled<program<net, bf16, batch<32>>>("digits", trained)};
}

}  // namespace bench
