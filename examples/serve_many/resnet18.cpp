// SPDX-License-Identifier: MIT
#include <soma/model/zoo/resnet.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/soma.hpp>

#include "networks.hpp"

namespace serve_many {

network resnet18_network() {
    using net = soma::zoo::resnet<18>;
    std::vector<float> pictures(8 * net::input_shape::size);
    soma::perf::synthetic_images(pictures, 1);
    return make_network<net>("resnet18",
                             soma::weights<net>(soma::perf::synthetic_parameters<net>(1)),
                             std::move(pictures));
}

}  // namespace serve_many
