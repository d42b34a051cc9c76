// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From learned tensors to the bytes that kernels read: batch norm folded, rounded, packed.
///
/// Tensors stream through: beside the result there is never more than a few rows of one matmul.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include <soma/compile/formatted.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/kernels/winograd_pack.hpp>
#include <soma/numeric/convert.hpp>
#include <soma/runtime/weights/parameters.hpp>
#include <soma/runtime/weights/tensor_source.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

/// `scale` and `shift` of a batch normalisation: `y = x * scale + shift`, computed in double.
struct affine {
    double scale = 1, shift = 0;
};

/// The batch normalisation of each output channel of `n`; the identity where it has none.
[[nodiscard]] inline std::vector<affine> normalisations(const tensor_source& source,
                                                        const plan_node& n) {
    std::vector<affine> norms(static_cast<std::size_t>(n.out_shape.c));
    if (!n.normalised) {
        return norms;
    }
    const auto all = [&](parameter_role role) { return source.all(source.find(n.norm, role)); };
    const std::vector<float> weight = all(parameter_role::weight);
    const std::vector<float> bias = all(parameter_role::bias);
    const std::vector<float> mean = all(parameter_role::running_mean);
    const std::vector<float> variance = all(parameter_role::running_var);
    for (std::size_t c = 0; c < norms.size(); ++c) {
        const double scale = static_cast<double>(weight[c])
                             / std::sqrt(static_cast<double>(variance[c]) + n.epsilon);
        // A fused product and sum in so many words: left to the compiler, it would depend on the
        // flags of the translation unit, and with it the last bit of a weight.
        norms[c] = {scale,
                    std::fma(-static_cast<double>(mean[c]), scale, static_cast<double>(bias[c]))};
    }
    return norms;
}

/// The bias of the matmul `n` with its normalisation folded in: in double, rounded once.
[[nodiscard]] inline std::vector<float> folded_bias(const tensor_source& source,
                                                    const plan_node& n,
                                                    std::span<const affine> norms) {
    const std::vector<float> own = n.bias ? source.all(source.find(n.name, parameter_role::bias))
                                          : std::vector<float>(norms.size());
    std::vector<float> bias(norms.size());
    for (std::size_t o = 0; o < bias.size(); ++o) {
        bias[o] = static_cast<float>(
            std::fma(static_cast<double>(own[o]), norms[o].scale, norms[o].shift));
    }
    return bias;
}

/// Reads the weights of one output channel from tensor `which` into `row`, scaled in double and
/// rounded once.
inline void read_folded(const tensor_source& source,
                        std::size_t which,
                        std::size_t output,
                        double scale,
                        std::span<float> row) noexcept {
    source.read(which, output * row.size(), row);
    if (scale != 1.0) {
        for (float& w : row) {
            w = static_cast<float>(static_cast<double>(w) * scale);
        }
    }
}

/// A matmul's weights and bias with its batch normalisation folded in.
struct folded_weights {
    std::vector<float> weights;  ///< `[out][in / groups][kernel_h][kernel_w]`
    std::vector<float> bias;     ///< `[out]`
};

/// The whole of the matmul `n` at once, for packers that cannot take it row by row.
[[nodiscard]] inline folded_weights fold(const tensor_source& source, const plan_node& n) {
    const std::vector<affine> norms = normalisations(source, n);
    const std::size_t which = source.find(n.name, parameter_role::weight);
    const std::size_t length = source.elements(which) / norms.size();
    folded_weights folded{std::vector<float>(source.elements(which)),
                          folded_bias(source, n, norms)};
    for (std::size_t o = 0; o < norms.size(); ++o) {
        read_folded(source, which, o, norms[o].scale,
                    std::span(folded.weights).subspan(o * length, length));
    }
    return folded;
}

namespace detail {

/// Packs the matmul `n`, which computes `g`, a vector of output channels at a time.
template <class Isa, class T>
void pack_matmul(const tensor_source& source,
                 const plan_node& n,
                 const kernels::conv_geometry& g,
                 std::byte* blob) {
    const std::vector<affine> norms = normalisations(source, n);
    const std::size_t which = source.find(n.name, parameter_role::weight);
    const std::size_t length = kernels::weights_per_output(g);
    std::vector<float> rows(static_cast<std::size_t>(Isa::lanes) * length);
    for (std::size_t i = 0; i < kernels::weight_blocks<Isa>(g); ++i) {
        const kernels::weight_block block = kernels::block_of<Isa, T>(g, i);
        for (std::size_t o = 0; o < block.outputs; ++o) {
            const std::size_t output = block.first_output + o;
            read_folded(source, which, output, norms[output].scale,
                        std::span(rows).subspan(o * length, length));
        }
        kernels::pack_block<Isa, T>(g, block, rows.data(),
                                    reinterpret_cast<T*>(blob + n.weights_offset));
    }
    kernels::pack_bias<Isa>(g, folded_bias(source, n, norms).data(),
                            reinterpret_cast<float*>(blob + n.vectors_offset));
}

/// Packs the convolution `n`, which Winograd's filtering computes.
template <class Isa>
void pack_filtered(const tensor_source& source,
                   const plan_node& n,
                   const kernels::conv_geometry& g,
                   std::byte* blob) {
    const folded_weights folded = fold(source, n);
    auto* const packed = reinterpret_cast<float*>(blob + n.weights_offset);
    if (n.algorithm == kernels::algorithm::winograd_2x2) {
        kernels::winograd_pack<Isa, 2>(g, folded.weights.data(), packed);
    } else {
        kernels::winograd_pack<Isa, 4>(g, folded.weights.data(), packed);
    }
    kernels::pack_bias<Isa>(g, folded.bias.data(),
                            reinterpret_cast<float*>(blob + n.vectors_offset));
}

/// Writes the FP32 vectors of a node that is no matmul.
inline void pack_vectors(const tensor_source& source, const plan_node& n, float* vectors) {
    if (n.kind == op::batch_norm) {
        const std::vector<affine> norms = normalisations(source, n);
        float* const shift = vectors + round_up(n.out_pitch, 16);
        for (std::size_t c = 0; c < norms.size(); ++c) {
            vectors[c] = static_cast<float>(norms[c].scale);
            shift[c] = static_cast<float>(norms[c].shift);
        }
    }
    if (n.kind == op::layer_norm) {
        const auto channels = static_cast<std::size_t>(n.out_shape.c);
        source.read(source.find(n.name, parameter_role::weight), 0, {vectors, channels});
        source.read(source.find(n.name, parameter_role::bias), 0,
                    {vectors + round_up(n.out_pitch, 16), channels});
    }
    for (int k = 0; k < n.custom_count; ++k) {
        const auto elements = static_cast<std::size_t>(n.custom_elements[k]);
        source.read(source.find(n.name, parameter_role::custom, n.custom_names[k]), 0,
                    {vectors, elements});
        vectors += round_up(elements, std::size_t{16});
    }
}

/// Writes the table of the embedding `n`: a row for each number, in the format of activations.
template <class T>
void pack_table(const tensor_source& source, const plan_node& n, T* table) {
    const std::size_t which = source.find(n.name, parameter_role::weight);
    std::vector<float> row(static_cast<std::size_t>(n.out_shape.c));
    for (int r = 0; r < n.table_rows; ++r, table += n.out_pitch) {
        source.read(which, static_cast<std::size_t>(r) * row.size(), row);
        for (std::size_t c = 0; c < row.size(); ++c) {
            table[c] = convert_to<T>(row[c]);
        }
        std::fill(table + row.size(), table + n.out_pitch, T{});
    }
}

}  // namespace detail

/// Packs the nodes [first, last) of `Formatted` into their part of `blob`, which has room for the
/// parameters of all nodes.
///
/// Every byte from the weights of `first` to those of `last` is written once, in order; those
/// between a node's parameters are zero. So several threads can pack one blob, each its own nodes.
template <class Formatted, class Isa>
void pack_nodes(const tensor_source& source, int first, int last, std::byte* blob) {
    using compute_type = typename Formatted::compute_type;
    const plan_node* const nodes = Formatted::list.nodes;
    for (int i = first; i < last; ++i) {
        const plan_node& n = nodes[i];
        const std::size_t weights_end = n.weights_offset + n.weights_bytes;
        const std::size_t end =
            i + 1 < Formatted::size ? nodes[i + 1].weights_offset : Formatted::packed_bytes;
        std::memset(blob + weights_end, 0, end - weights_end);
        if (is_matmul(n.kind)) {
            const auto g = detail::kernel_geometry(nodes, i, 1);
            if constexpr (allows_winograd<typename Formatted::precision_type>) {
                if (n.algorithm != kernels::algorithm::direct) {
                    detail::pack_filtered<Isa>(source, n, g, blob);
                    continue;
                }
            }
            detail::pack_matmul<Isa, compute_type>(source, n, g, blob);
        } else if (n.kind == op::embedding) {
            using stored = typename Formatted::precision_type::storage_type;
            detail::pack_table(source, n, reinterpret_cast<stored*>(blob + n.weights_offset));
        } else {
            detail::pack_vectors(source, n, reinterpret_cast<float*>(blob + n.vectors_offset));
        }
    }
}

/// The packed parameters of `Formatted`: one blob in execution order, read by any number of copies.
template <class Formatted, class Isa>
[[nodiscard]] aligned_buffer pack_weights(const tensor_source& source) {
    aligned_buffer blob(Formatted::packed_bytes, aligned_buffer::unwritten{});
    pack_nodes<Formatted, Isa>(source, 0, Formatted::size, blob.data());
    return blob;
}

/// The same from tensors in memory.
template <class Formatted, class Isa, model_type Model>
[[nodiscard]] aligned_buffer pack_weights(const parameters<Model>& values) {
    return pack_weights<Formatted, Isa>(source_of(values));
}

}  // namespace soma
