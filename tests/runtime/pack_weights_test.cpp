// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <vector>

#include <soma/runtime/pack_weights.hpp>

#include "support/catch.hpp"
#include "support/models.hpp"
#include "support/raw_graph.hpp"

using namespace soma;

namespace {

using isa = simd::isa::avx2;
template <class Precision>
using form = formatted<test::unusual, Precision, isa>;
using mixed = formatted<test::mixed, fp32, isa>;

template <class Formatted>
const plan_node& node_called(std::string_view leaf) {
    using model = test::unusual;
    for (int i = 0; i < Formatted::size; ++i) {
        const plan_node& n = Formatted::list.nodes[i];
        if (n.kind != op::cast && lowered<model>::names.leaf(n.name) == leaf) {
            return n;
        }
    }
    throw std::logic_error("no such node");
}

}  // namespace

TEST_CASE("a batch norm is folded in double and rounded once", "[runtime][pack_weights]") {
    auto values = test::random_parameters<test::mixed>(3);
    const plan_node& stem = mixed::list.nodes[1];
    REQUIRE(stem.normalised);
    REQUIRE(stem.bias);
    const folded_weights folded = fold(values, stem);
    const auto w = values["stem.weight"], b = values["stem.bias"], gamma = values["bn1.weight"],
               beta = values["bn1.bias"], mean = values["bn1.running_mean"],
               var = values["bn1.running_var"];
    REQUIRE(folded.weights.size() == 5 * 27);
    REQUIRE(folded.bias.size() == 5);
    for (std::size_t o = 0; o < 5; ++o) {
        const double scale =
            static_cast<double>(gamma[o]) / std::sqrt(static_cast<double>(var[o]) + 1e-5);
        for (std::size_t k = 0; k < 27; ++k) {
            CHECK(folded.weights[27 * o + k]
                  == static_cast<float>(static_cast<double>(w[27 * o + k]) * scale));
        }
        // Two products and two sums in double, one rounding to float.
        const double exact = (static_cast<double>(b[o]) - static_cast<double>(mean[o])) * scale
                             + static_cast<double>(beta[o]);
        CHECK(std::abs(static_cast<double>(folded.bias[o]) - exact)
              <= 0x1p-24 * std::abs(exact) + 0x1p-51 * 4);
    }
}

TEST_CASE("a matmul without norm and bias keeps its weights", "[runtime][pack_weights]") {
    auto values = test::random_parameters<test::mixed>(3);
    for (int i = 0; i < mixed::size; ++i) {
        const plan_node& n = mixed::list.nodes[i];
        if (lowered<test::mixed>::names.leaf(n.name) == "head") {
            const folded_weights folded = fold(values, n);
            const auto w = values["head.weight"];
            CHECK(folded.weights == std::vector<float>(w.begin(), w.end()));
            CHECK(folded.bias == std::vector<float>(11, 0.0F));
            return;
        }
    }
    FAIL("no layer called head");
}

TEST_CASE("the blob holds what kernels are told to find", "[runtime][pack_weights]") {
    auto values = test::random_parameters<test::unusual>(3);
    const aligned_buffer blob = pack_weights<form<bf16>, isa>(values);
    REQUIRE(blob.size() == form<bf16>::packed_bytes);
    const auto vectors = [&](const plan_node& n) {
        return reinterpret_cast<const float*>(blob.data() + n.vectors_offset);
    };

    // A matmul: its packed weights and bias.
    const plan_node& fc = node_called<form<bf16>>("fc1");
    const auto g = layer_geometry(fc, 1);
    const folded_weights folded = fold(values, fc);
    std::vector<bfloat16> packed(kernels::packed_elements<isa, bfloat16>(g));
    kernels::pack_conv<isa, bfloat16>(g, folded.weights.data(), packed.data());
    REQUIRE(fc.weights_bytes == packed.size() * sizeof(bfloat16));
    CHECK(std::memcmp(blob.data() + fc.weights_offset, packed.data(), fc.weights_bytes) == 0);
    for (std::size_t o = 0; o < 13; ++o) {
        CHECK(vectors(fc)[o] == folded.bias[o]);
    }

    // A norm on its own: scale, then shift; the lanes that pad a pixel become zero.
    const plan_node& bn = node_called<form<bf16>>("bn0");
    REQUIRE(bn.kind == op::batch_norm);
    REQUIRE(bn.out_pitch == 6);
    for (std::size_t c = 0; c < 5; ++c) {
        const affine norm = normalisation(values, bn, c);
        CHECK(vectors(bn)[c] == static_cast<float>(norm.scale));
        CHECK(vectors(bn)[16 + c] == static_cast<float>(norm.shift));
    }
    CHECK(vectors(bn)[5] == 0.0F);
    CHECK(vectors(bn)[16 + 5] == 0.0F);

    // A custom layer: its tensors in order, each on a cache line.
    const plan_node& gain = node_called<form<bf16>>("gain");
    REQUIRE(gain.kind == op::custom);
    for (std::size_t c = 0; c < 10; ++c) {
        CHECK(vectors(gain)[c] == values["gain.gain"][c]);
    }
    CHECK(vectors(gain)[16] == values["gain.offset"][0]);
}
