// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The shapes that are measured: matrix products of transformers and classifiers, and the
/// convolutions of a 50-layer residual network.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// A convolution of one image, or the product of `batch` rows with a matrix (a 1x1 image).
struct workload {
    std::string name;
    int batch = 1;
    int in_size = 1;  ///< height and width
    int in_c = 1;
    int out_c = 1;
    int kernel = 1;
    int stride = 1;
    int pad = 0;  ///< on the top and the left; as much as is needed on the other sides
    bool relu = false;
    int weight_copies = 1;  ///< above 1, runs take the next copy, so that weights come from memory

    [[nodiscard]] int out_size() const noexcept {
        return (in_size + 2 * pad - kernel) / stride + 1;
    }
    [[nodiscard]] bool linear() const noexcept { return in_size == 1; }
    [[nodiscard]] bool cold() const noexcept { return weight_copies > 1; }

    /// Rows of the matrix product this is: M.
    [[nodiscard]] int rows() const noexcept { return batch * out_size() * out_size(); }
    /// Products per output with padding counted: K.
    [[nodiscard]] int depth() const noexcept { return kernel * kernel * in_c; }

    /// Kernel positions inside the image, summed over one row (or column) of outputs.
    [[nodiscard]] int inner_taps() const noexcept {
        int count = 0;
        for (int out = 0; out < out_size(); ++out) {
            for (int tap = 0; tap < kernel; ++tap) {
                const int in = out * stride - pad + tap;
                count += in >= 0 && in < in_size ? 1 : 0;
            }
        }
        return count;
    }

    /// Two per multiplication, padding counted as work.
    [[nodiscard]] double nominal_flops() const noexcept {
        return 2.0 * rows() * static_cast<double>(depth()) * out_c;
    }
    /// Two per multiplication of a pixel of the image.
    [[nodiscard]] double useful_flops() const noexcept {
        return 2.0 * batch * static_cast<double>(inner_taps()) * inner_taps() * in_c * out_c;
    }
    [[nodiscard]] std::int64_t weight_count() const noexcept {
        return static_cast<std::int64_t>(depth()) * out_c;
    }
};

/// A product of `m` rows of `k` with a `k` by `n` matrix, plus a bias.
[[nodiscard]] inline workload gemm(int m, int n, int k, int weight_copies = 1) {
    return {.name = "gemm " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k)
                    + (weight_copies > 1 ? " cold" : ""),
            .batch = m,
            .in_c = k,
            .out_c = n,
            .weight_copies = weight_copies};
}

/// A convolution with bias and ReLU, named by its output.
[[nodiscard]] inline workload conv(int out, int in_c, int out_c, int kernel, int stride = 1) {
    const std::string size = std::to_string(out);
    const std::string window = std::to_string(kernel);
    return {.name = "conv " + size + "x" + size + " " + std::to_string(in_c) + "->"
                    + std::to_string(out_c) + " " + window + "x" + window
                    + (stride > 1 ? " s" + std::to_string(stride) : ""),
            .in_size = out * stride,
            .in_c = in_c,
            .out_c = out_c,
            .kernel = kernel,
            .stride = stride,
            .pad = (kernel - 1) / 2,
            .relu = true};
}

/// Everything `kernels` measures, in the order of its table.
[[nodiscard]] inline std::vector<workload> workloads() {
    constexpr int copies = 64;
    return {
        gemm(512, 512, 512),        gemm(1024, 1024, 1024),      gemm(128, 768, 768),
        gemm(128, 3072, 768),       gemm(128, 768, 3072),        gemm(384, 768, 768),
        gemm(1, 1000, 2048),        gemm(4, 1000, 2048),         gemm(8, 1000, 2048),
        gemm(1, 768, 768),          gemm(1, 768, 768, copies),   gemm(8, 768, 768, copies),
        gemm(32, 768, 768, copies), gemm(128, 768, 768, copies), gemm(384, 768, 768, copies),
        conv(56, 64, 64, 3),        conv(28, 128, 128, 3),       conv(14, 256, 256, 3),
        conv(7, 512, 512, 3),       conv(56, 64, 256, 1),        conv(56, 256, 64, 1),
        conv(14, 1024, 256, 1),     conv(14, 256, 1024, 1),      conv(7, 2048, 512, 1),
        conv(28, 128, 128, 3, 2),   conv(28, 256, 512, 1, 2),    conv(112, 3, 64, 7, 2),
    };
}

}  // namespace bench
