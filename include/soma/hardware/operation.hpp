// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A node of a model as the cost model sees it: counts for one sample, no layer, no weights.

#include <cstddef>
#include <cstdint>

#include <soma/hardware/op.hpp>
#include <soma/numeric/format.hpp>

namespace soma {

/// `count` products of [rows x depth] by [depth x columns], each summed over `taps` positions of a
/// window.
struct matrix_product {
    int count = 0;
    int rows = 0;   ///< pixels or tokens of one sample: what moves
    int depth = 0;  ///< channels that each tap reads
    int taps = 1;
    int columns = 0;      ///< channels written: what stands still, with `depth`
    bool learned = true;  ///< the stationary side is weights: samples of a batch share it

    [[nodiscard]] constexpr long long macs() const noexcept {
        return 1LL * count * rows * depth * taps * columns;
    }
};

inline constexpr int max_operation_inputs = 8;
inline constexpr int max_products = 2;

/// What one node asks of a core or of the host, for one sample.
struct operation {
    op kind = op::identity;
    format compute = format::f32;  ///< of a product's operands
    format stored = format::f32;   ///< of the result

    matrix_product products[max_products] = {};
    long long vector_elements = 0;  ///< elements that the vector engine reads, once for each pass
    long long scalar_elements = 0;  ///< elements that the scalar engine reads
    long long flops = 0;            ///< two per multiply-accumulate, as `workload` counts

    std::size_t weight_bytes = 0;    ///< learned numbers that the whole node reads, as stored
    std::size_t gathered_bytes = 0;  ///< of a table in device memory, the rows that are read
    std::size_t table_bytes = 0;     ///< of that table
    std::size_t output_bytes = 0;    ///< 0 where the result is written over an input
    std::size_t live_bytes = 0;      ///< activations alive while the node runs, its result included

    std::int16_t inputs[max_operation_inputs] = {};  ///< numbers of the operations that it reads
    int input_count = 0;
    int last_use = 0;  ///< the last operation that reads the result
};

/// A model's operations in execution order; the storage is someone else's.
struct operation_list {
    const operation* data = nullptr;
    int size = 0;
    std::size_t input_bytes = 0, output_bytes = 0;  ///< of one sample in the caller's tensors

    [[nodiscard]] constexpr const operation& operator[](int i) const noexcept { return data[i]; }
};

}  // namespace soma
