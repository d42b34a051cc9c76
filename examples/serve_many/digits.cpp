// SPDX-License-Identifier: MIT
#include "../digits/model.hpp"

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>

#include "networks.hpp"

namespace serve_many {

network digits_network() {
    const std::string data = SOMA_PROGRAM_DIR "/../digits/data/";
    return make_network<digits::resnet>(
        "digits", soma::load<digits::resnet>(data + "digits_resnet.safetensors"),
        soma::io::to_floats(soma::io::read_npy(data + "digits_test_images.npy").entry));
}

}  // namespace serve_many
