// SPDX-License-Identifier: MIT
#include "models.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>
#include <utility>

#include "support/runs.hpp"
#include "support/small_net.hpp"

namespace soak {

namespace {

using namespace soma;
using namespace std::chrono_literals;

/// Lets a NaN through.
struct plain : model<input<float, 8, 1, 1>, layers::flatten, layers::linear<"fc", 3>> {};

template <class Single>
std::shared_ptr<const answers> answers_of() {
    using net = typename Single::model_type;
    answers right{.in = test::inputs<net>(answers::samples),
                  .out = {},
                  .inputs = executor<Single>::sample_inputs,
                  .outputs = executor<Single>::sample_outputs};
    right.out = test::results<Single>(right.in);
    return std::make_shared<const answers>(std::move(right));
}

server_processing refuse_poison() {
    server_processing work;
    work.before = [](std::span<const float> from, std::span<float> to) {
        if (from[0] == poison) {
            throw std::runtime_error("a poisoned sample");
        }
        std::copy(from.begin(), from.end(), to.begin());
    };
    return work;
}

template <class Program>
kind kind_of(std::string name,
             const std::shared_ptr<const answers>& right,
             const weights<typename Program::model_type>& trained,
             bool passes_nan) {
    return {.name = std::move(name),
            .right = right,
            .passes_nan = passes_nan,
            .load = [trained](device& on, const std::string& as) {
                return on.load<Program>(trained,
                                        {.name = as,
                                         .server = {.in_flight = 8,
                                                    .handles = 512,
                                                    .max_delay = 200us,
                                                    .detect_nan = true}},
                                        refuse_poison());
            }};
}

}  // namespace

std::vector<kind> make_kinds() {
    using net = test::small_net;
    const weights<net> trained(test::random_parameters<net>(17));
    const auto right = answers_of<program<net, bf16>>();
    const weights<plain> linear(test::random_parameters<plain>(17));
    return {kind_of<program<net, bf16, batch<4>>>("batch<4>", right, trained, false),
            kind_of<program<net, bf16, schedule<batch<2>, pipeline<2>>>>("batch<2>, pipeline<2>",
                                                                         right, trained, false),
            kind_of<program<net, bf16, schedule<batch<3>, replicate<2>>>>("batch<3>, replicate<2>",
                                                                          right, trained, false),
            kind_of<program<plain, fp32, batch<8>>>(
                "linear, batch<8>", answers_of<program<plain, fp32>>(), linear, true)};
}

}  // namespace soak
