// SPDX-License-Identifier: MIT
#include "soma_kernel.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/numeric/convert.hpp>
#include <soma/perf/clock.hpp>
#include <soma/simd/isa.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace bench {

namespace {

namespace kernels = soma::kernels;
using isa = soma::simd::native;

/// The first layer of an image network: few channels under a large kernel. Its input carries a
/// border of zeros, so that a row of the kernel is one run of memory.
bool carries_border(const workload& w) {
    return w.pad > 0 && w.in_c <= 4;
}

kernels::conv_geometry geometry_of(const workload& w, soma::format stored) {
    const int border = carries_border(w) ? 2 * w.pad : 0;
    kernels::conv_geometry g;
    g.batch = w.batch;
    g.in_h = g.in_w = w.in_size + border;
    g.in_c = w.in_c;
    g.in_pitch = kernels::pitch_of(w.in_c, stored);
    g.out_h = g.out_w = w.out_size();
    g.out_c = w.out_c;
    g.out_pitch = kernels::pitch_of(w.out_c, stored);
    g.kernel_h = g.kernel_w = w.kernel;
    g.stride_h = g.stride_w = w.stride;
    g.pad_h = g.pad_w = carries_border(w) ? 0 : w.pad;
    return g;
}

/// Elements of one format in zeroed, aligned memory.
template <class T>
class elements {
public:
    explicit elements(std::size_t count) : buffer_(count * sizeof(T)) {}
    [[nodiscard]] T* data() noexcept { return reinterpret_cast<T*>(buffer_.data()); }

private:
    soma::aligned_buffer buffer_;
};

template <class T>
class soma_kernel final : public measured_kernel {
public:
    soma_kernel(const workload& w, const operands& x)
        : g_(geometry_of(w, x.stored)),
          input_(static_cast<std::size_t>(g_.batch * g_.in_h * g_.in_w) * pitch(g_.in_pitch)),
          bias_(kernels::packed_bias_elements<isa>(g_)),
          output_(static_cast<std::size_t>(g_.pixels()) * pitch(g_.out_pitch)),
          scratch_(kernels::conv_scratch_bytes<isa, T>(g_)) {
        finish_.kind = w.relu ? kernels::activation::relu : kernels::activation::none;
        const int border = (g_.in_h - w.in_size) / 2;
        const float* from = x.input.data();
        for (int image = 0; image < g_.batch; ++image) {
            for (int y = 0; y < w.in_size; ++y) {
                T* to =
                    input_.data()
                    + static_cast<std::size_t>((image * g_.in_h + y + border) * g_.in_w + border)
                          * pitch(g_.in_pitch);
                for (int column = 0; column < w.in_size; ++column, to += g_.in_pitch) {
                    std::transform(from, from + w.in_c, to, soma::convert_to<T, float>);
                    from += w.in_c;
                }
            }
        }
        kernels::pack_bias<isa>(g_, x.bias.data(), bias_.data());
        for (int copy = 0; copy < w.weight_copies; ++copy) {
            weights_.emplace_back(kernels::packed_elements<isa, T>(g_));
            kernels::pack_conv<isa, T>(g_, x.weights.data(), weights_.back().data());
        }
    }

    void run() override {
        T* const weights = weights_[next_].data();
        next_ = next_ + 1 == weights_.size() ? 0 : next_ + 1;
        // What a plan knows: the weights of the layer after this one.
        const void* const following = weights_.size() > 1 ? weights_[next_].data() : nullptr;
        kernels::conv2d<isa, T, T>(g_, input_.data(), weights, bias_.data(), output_.data(),
                                   finish_, scratch_.data(), following);
    }

    double seconds() override {
        return std::chrono::duration<double>(soma::perf::thread_cpu_clock::now().time_since_epoch())
            .count();
    }

    std::vector<float> output() override {
        std::vector<float> result;
        const T* from = output_.data();
        for (int pixel = 0; pixel < g_.pixels(); ++pixel, from += g_.out_pitch) {
            for (int channel = 0; channel < g_.out_c; ++channel) {
                result.push_back(soma::convert_to<float>(from[channel]));
            }
        }
        return result;
    }

    std::string implementation() const override {
        const kernels::conv_tiling tiling = kernels::pick_tiling<isa, T>(g_);
        return std::to_string(tiling.mr) + "x" + std::to_string(tiling.nv);
    }

private:
    static std::size_t pitch(int elements) { return static_cast<std::size_t>(elements); }

    kernels::conv_geometry g_;
    kernels::epilogue<T> finish_;
    elements<T> input_;
    elements<float> bias_;
    elements<T> output_;
    soma::aligned_buffer scratch_;
    std::vector<elements<T>> weights_;
    std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<measured_kernel> make_soma(const workload& w, const operands& x) {
    switch (x.stored) {
        case soma::format::f16: return std::make_unique<soma_kernel<soma::float16>>(w, x);
        case soma::format::bf16: return std::make_unique<soma_kernel<soma::bfloat16>>(w, x);
        default: return std::make_unique<soma_kernel<float>>(w, x);
    }
}

}  // namespace bench
