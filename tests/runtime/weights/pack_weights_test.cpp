// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#include <soma/layers/embedding.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/runtime/weights/pack_weights.hpp>

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
    const tensor_source source = source_of(values);
    const plan_node& stem = mixed::list.nodes[1];
    REQUIRE(stem.normalised);
    REQUIRE(stem.bias);
    const std::vector<affine> norms = normalisations(source, stem);
    const std::vector<float> bias = folded_bias(source, stem, norms);
    const std::size_t which = source.find(stem.name, parameter_role::weight);
    const auto w = values["stem.weight"], b = values["stem.bias"], gamma = values["bn1.weight"],
               beta = values["bn1.bias"], mean = values["bn1.running_mean"],
               var = values["bn1.running_var"];
    REQUIRE(norms.size() == 5);
    REQUIRE(bias.size() == 5);
    std::vector<float> row(27);
    for (std::size_t o = 0; o < 5; ++o) {
        const double scale =
            static_cast<double>(gamma[o]) / std::sqrt(static_cast<double>(var[o]) + 1e-5);
        read_folded(source, which, o, norms[o].scale, row);
        for (std::size_t k = 0; k < 27; ++k) {
            CHECK(row[k] == static_cast<float>(static_cast<double>(w[27 * o + k]) * scale));
        }
        // Two products and two sums in double, one rounding to float.
        const double exact = (static_cast<double>(b[o]) - static_cast<double>(mean[o])) * scale
                             + static_cast<double>(beta[o]);
        CHECK(std::abs(static_cast<double>(bias[o]) - exact)
              <= 0x1p-24 * std::abs(exact) + 0x1p-51 * 4);
    }
}

TEST_CASE("a matmul without norm and bias keeps its weights", "[runtime][pack_weights]") {
    auto values = test::random_parameters<test::mixed>(3);
    const tensor_source source = source_of(values);
    for (int i = 0; i < mixed::size; ++i) {
        const plan_node& n = mixed::list.nodes[i];
        if (lowered<test::mixed>::names.leaf(n.name) == "head") {
            const std::vector<affine> norms = normalisations(source, n);
            const auto w = values["head.weight"];
            std::vector<float> row(w.size() / 11);
            for (std::size_t o = 0; o < 11; ++o) {
                read_folded(source, source.find(n.name, parameter_role::weight), o, norms[o].scale,
                            row);
                CHECK(std::equal(row.begin(), row.end(),
                                 w.begin() + static_cast<long>(o * row.size())));
            }
            CHECK(folded_bias(source, n, norms) == std::vector<float>(11, 0.0F));
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
    const tensor_source source = source_of(values);
    const folded_weights folded = fold(source, fc);
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
    const std::vector<affine> norms = normalisations(source, bn);
    for (std::size_t c = 0; c < 5; ++c) {
        CHECK(vectors(bn)[c] == static_cast<float>(norms[c].scale));
        CHECK(vectors(bn)[16 + c] == static_cast<float>(norms[c].shift));
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

TEST_CASE("bytes between parameters are zero", "[runtime][pack_weights]") {
    const auto values = test::random_parameters<test::mixed>(3);
    const aligned_buffer blob = pack_weights<mixed, isa>(values);
    std::vector<bool> claimed(blob.size());
    for (int i = 0; i < mixed::size; ++i) {
        const plan_node& n = mixed::list.nodes[i];
        for (std::size_t k = 0; k < n.weights_bytes; ++k) {
            claimed[n.weights_offset + k] = true;
        }
        for (std::size_t k = 0; k < n.vectors_bytes; ++k) {
            claimed[n.vectors_offset + k] = true;
        }
    }
    std::size_t gaps = 0;
    for (std::size_t k = 0; k < blob.size(); ++k) {
        if (!claimed[k]) {
            ++gaps;
            CHECK(blob.data()[k] == std::byte{0});
        }
    }
    CHECK(gaps > 0);
}

TEST_CASE("threads that share the nodes pack what one does", "[runtime][pack_weights]") {
    auto values = test::random_parameters<test::mixed>(3);
    // What a thread that flushes subnormals would lose.
    values["head.weight"][0] = 0x1p-140F;
    const tensor_source source = source_of(values);
    const aligned_buffer whole = pack_weights<mixed, isa>(source);
    const auto offset = [](int node) {
        return node < mixed::size ? mixed::list.nodes[node].weights_offset : mixed::packed_bytes;
    };
    for (int cut = 0; cut <= mixed::size; ++cut) {
        CAPTURE(cut);
        aligned_buffer shared(mixed::packed_bytes);
        std::memset(shared.data(), 0x5A, shared.size());
        pack_nodes<mixed, isa>(source, cut, mixed::size, shared.data());
        CHECK(std::count(shared.data(), shared.data() + offset(cut), std::byte{0x5A})
              == static_cast<std::ptrdiff_t>(offset(cut)));
        std::memset(shared.data(), 0x5A, shared.size());
        std::thread other([&] { pack_nodes<mixed, isa>(source, 0, cut, shared.data()); });
        pack_nodes<mixed, isa>(source, cut, mixed::size, shared.data());
        other.join();
        CHECK(std::memcmp(shared.data(), whole.data(), whole.size()) == 0);
    }
}

namespace {

struct words : model<tokens<3>, layers::embedding<"words", 4, 5>, layers::layer_norm<"norm">> {};

}  // namespace

TEST_CASE("tables are rounded to what activations are stored as", "[runtime][pack_weights]") {
    using form = formatted<words, matmul_cast<bf16>, isa>;
    using narrow = formatted<words, bf16, isa>;
    auto values = test::random_parameters<words>(5);
    const auto table = values["words.weight"];
    REQUIRE(table.size() == 4 * 5);
    const aligned_buffer wide_blob = pack_weights<form, isa>(values);
    const aligned_buffer narrow_blob = pack_weights<narrow, isa>(values);
    const plan_node& wide_node = form::list.nodes[1];
    const plan_node& narrow_node = narrow::list.nodes[1];
    REQUIRE(wide_node.kind == op::embedding);
    REQUIRE(wide_node.out_pitch == 6);  // pairs of channels in every program that has BF16
    REQUIRE(wide_node.weights_bytes == 4 * 6 * sizeof(float));
    REQUIRE(narrow_node.weights_bytes == 4 * 6 * sizeof(bfloat16));
    const auto* const wide =
        reinterpret_cast<const float*>(wide_blob.data() + wide_node.weights_offset);
    const auto* const rounded =
        reinterpret_cast<const bfloat16*>(narrow_blob.data() + narrow_node.weights_offset);
    for (std::size_t row = 0; row < 4; ++row) {
        for (std::size_t c = 0; c < 6; ++c) {
            const float want = c < 5 ? table[row * 5 + c] : 0.0F;
            CHECK(wide[row * 6 + c] == want);
            CHECK(convert_to<float>(rounded[row * 6 + c])
                  == convert_to<float>(convert_to<bfloat16>(want)));
        }
    }
}

TEST_CASE("a layer norm keeps its scale and shift in FP32", "[runtime][pack_weights]") {
    using form = formatted<words, bf16, isa>;
    auto values = test::random_parameters<words>(5);
    const aligned_buffer blob = pack_weights<form, isa>(values);
    const plan_node& norm = form::list.nodes[2];
    REQUIRE(norm.kind == op::layer_norm);
    REQUIRE(norm.vectors_bytes == 2 * 16 * sizeof(float));
    const auto* const vectors = reinterpret_cast<const float*>(blob.data() + norm.vectors_offset);
    for (std::size_t c = 0; c < 5; ++c) {
        CHECK(vectors[c] == values["norm.weight"][c]);
        CHECK(vectors[16 + c] == values["norm.bias"][c]);
    }
    CHECK(vectors[5] == 0.0F);
    CHECK(vectors[16 + 5] == 0.0F);
}
