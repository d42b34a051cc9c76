// SPDX-License-Identifier: MIT
#include "support/model_test.hpp"

using namespace soma;

namespace {

/// The part of a transformer's layer that has kernels: what it does to each token by itself.
struct feed_forward
    : model<input<float, 13, 7, 1>,
            layers::residual<layers::sequential<layers::linear<"wide", 21, each_token>,
                                                layers::gelu,
                                                layers::linear<"back", 13, each_token>>>,
            layers::linear<"head", 5, each_token, no_bias>,
            layers::tanh> {};

}  // namespace

TEST_CASE("linear layers of each token agree with their raw graph", "[runtime][executor]") {
    test::agrees_in_every_precision<feed_forward>(test::signs::positive);
}

TEST_CASE("a sequence's programs have the same bits on two cores", "[runtime][executor]") {
    const weights<feed_forward> trained(test::random_parameters<feed_forward>(3));
    executor<program<feed_forward, bf16>> one{trained};
    executor<program<feed_forward, bf16, tensor_parallel<2, 1>>> two{trained};
    const std::vector<float> in = test::uniform<float>(one.sample_inputs, 4);
    std::vector<float> out(one.sample_outputs), shared(one.sample_outputs);
    REQUIRE(one.run(in, out) == run_status::done);
    REQUIRE(two.run(in, shared) == run_status::done);
    CHECK(out == shared);
}
