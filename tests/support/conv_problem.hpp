// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Random convolutions with operands, and what their outputs have to be.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <new>
#include <random>
#include <stdexcept>
#include <vector>

#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/reference/conv2d.hpp>
#include <soma/simd/control.hpp>
#include <soma/simd/matrix_tile.hpp>

#include "support/bounds.hpp"

namespace soma::test {

/// A generator that also runs in constant evaluation, so that the cases can name their kernels.
class case_generator {
public:
    constexpr explicit case_generator(std::uint32_t seed) : state_(seed * 2654435761U + 1U) {}

    constexpr int below(int limit) {
        state_ = state_ * 1664525U + 1013904223U;
        return static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(limit));
    }
    template <std::size_t N>
    constexpr int one_of(const std::array<int, N>& values) {
        return values[static_cast<std::size_t>(below(static_cast<int>(N)))];
    }

private:
    std::uint32_t state_;
};

/// A convolution with any kernel, stride, padding, dilation, grouping, channel count and pitch.
constexpr kernels::conv_geometry random_geometry(case_generator& random, format in, format out) {
    constexpr std::array inputs{1, 2, 3, 4, 7, 8, 16, 19, 36};
    constexpr std::array outputs{1, 3, 5, 10, 16, 24, 32, 48, 52, 64, 83, 100};
    kernels::conv_geometry g;
    g.batch = 1 + random.below(3);
    switch (random.below(6)) {
        case 0:
            g.groups = 2 + random.below(2);
            g.in_c = g.groups * (1 + random.below(5));
            g.out_c = g.groups * random.one_of(std::array{1, 2, 9, 16, 20});
            break;
        case 1:
            g.groups = random.one_of(std::array{2, 5, 16, 21, 40});
            g.in_c = g.groups;
            g.out_c = g.groups;
            break;
        default: g.in_c = random.one_of(inputs); g.out_c = random.one_of(outputs);
    }
    g.kernel_h = 1 + random.below(4);
    g.kernel_w = 1 + random.below(4);
    g.dilation_h = 1 + random.below(4) / 3;
    g.dilation_w = 1 + random.below(4) / 3;
    g.stride_h = 1 + random.below(3);
    g.stride_w = 1 + random.below(3);
    g.pad_h = random.below(2) * random.below(g.kernel_h + 1);
    g.pad_w = random.below(2) * random.below(g.kernel_w + 1);
    const int window_h = (g.kernel_h - 1) * g.dilation_h + 1;
    const int window_w = (g.kernel_w - 1) * g.dilation_w + 1;
    const int least_h = window_h > 2 * g.pad_h ? window_h - 2 * g.pad_h : 1;
    const int least_w = window_w > 2 * g.pad_w ? window_w - 2 * g.pad_w : 1;
    g.in_h = least_h + random.below(8);
    g.in_w = least_w + random.below(8);
    // One more row below or column to the right now and then: padding need not be symmetric.
    const int extra_h = g.pad_h > 0 ? random.below(2) : 0;
    const int extra_w = g.pad_w > 0 ? random.below(2) : 0;
    g.out_h = (g.in_h + 2 * g.pad_h + extra_h - window_h) / g.stride_h + 1;
    g.out_w = (g.in_w + 2 * g.pad_w + extra_w - window_w) / g.stride_w + 1;
    g.in_pitch = kernels::pitch_of(g.in_c, in) + random.below(3) / 2 * 6;
    g.out_pitch = kernels::pitch_of(g.out_c, out) + random.below(3) / 2 * 5;
    return g;
}

/// `Count` random convolutions.
template <std::size_t Count>
constexpr std::array<kernels::conv_geometry, Count> random_geometries(std::uint32_t seed,
                                                                      format in,
                                                                      format out) {
    case_generator random(seed);
    std::array<kernels::conv_geometry, Count> result;
    for (kernels::conv_geometry& g : result) {
        g = random_geometry(random, in, out);
    }
    return result;
}

/// The cases with few output channels, for tests of many instruction sets or formats: each of them
/// has micro-kernels of its own.
template <std::size_t Count>
constexpr std::array<kernels::conv_geometry, Count> few_widths(
    std::array<kernels::conv_geometry, Count> cases) {
    for (kernels::conv_geometry& g : cases) {
        if (!g.depthwise()) {
            const int margin = g.out_pitch - g.out_c;
            g.out_c = g.groups * (1 + g.out_c % 19);
            g.out_pitch = g.out_c + margin + g.out_c % 2;
        }
    }
    return cases;
}

/// The micro-kernels that all of `cases` need.
template <class Isa, class T, std::size_t Count>
constexpr kernels::tile_set tiles_of(const std::array<kernels::conv_geometry, Count>& cases) {
    kernels::tile_set needed;
    for (const kernels::conv_geometry& g : cases) {
        needed = needed | kernels::tiles_needed<Isa, T>(g);
    }
    return needed;
}

/// Memory that starts on a cache line and ends with its last element, which sanitizers watch.
template <class T>
class line_buffer {
public:
    explicit line_buffer(std::size_t size)
        : data_(static_cast<T*>(::operator new(size * sizeof(T), alignment))) {}
    line_buffer(const line_buffer&) = delete;
    line_buffer& operator=(const line_buffer&) = delete;
    ~line_buffer() { ::operator delete(data_, alignment); }

    T* data() { return data_; }

private:
    static constexpr std::align_val_t alignment{64};
    T* data_;
};

/// The operands of one convolution and its epilogue.
template <class T, class Out>
class conv_problem {
public:
    conv_problem(const kernels::conv_geometry& geometry, std::uint32_t seed)
        : g(geometry),
          in(static_cast<std::size_t>(g.batch * g.in_h * g.in_w * g.in_pitch)),
          weights(static_cast<std::size_t>(g.out_c * g.group_in() * g.taps())),
          rounded(weights.size()),
          bias(static_cast<std::size_t>(g.out_c)),
          residual(static_cast<std::size_t>(g.pixels() * g.out_pitch)) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<float> value(-1.0F, 1.0F);
        const int pitch = kernels::pitch_of(g.in_c, format_of<T>);
        for (std::size_t i = 0; i < in.size(); ++i) {
            const int c = static_cast<int>(i % static_cast<std::size_t>(g.in_pitch));
            // What completes a pair is finite, what lies behind may be anything.
            in[i] = T(c < g.in_c  ? value(random)
                      : c < pitch ? 3.0F
                                  : std::numeric_limits<float>::quiet_NaN());
        }
        for (std::size_t i = 0; i < weights.size(); ++i) {
            weights[i] = value(random);
            rounded[i] = T(weights[i]);
        }
        for (float& b : bias) {
            b = value(random);
        }
        for (Out& r : residual) {
            r = Out(value(random));
        }
    }

    /// Runs the kernel, part by part, into memory that holds `untouched` before.
    template <class Isa, kernels::tile_set Needed>
    std::vector<Out> run(const kernels::epilogue<Out>& finish,
                         std::initializer_list<kernels::conv_part> parts = {{}}) const {
        line_buffer<T> packed(kernels::packed_elements<Isa, T>(g));
        line_buffer<float> packed_bias(kernels::packed_bias_elements<Isa>(g));
        line_buffer<std::byte> scratch(kernels::conv_scratch_bytes<Isa, T>(g));
        kernels::pack_conv<Isa, T>(g, weights.data(), packed.data());
        kernels::pack_bias<Isa>(g, bias.data(), packed_bias.data());
        std::vector<Out> out(residual.size(), untouched);
        const simd::flush_denormals_scope scope;
        if (!simd::acquire_registers<Isa>()) {
            throw std::runtime_error("no registers");
        }
        for (const kernels::conv_part& part : parts) {
            kernels::conv2d<Isa, T, Out, Needed>(g, in.data(), packed.data(), packed_bias.data(),
                                                 out.data(), finish, scratch.data(), nullptr, part);
        }
        return out;
    }

    /// Calls `f(index into the output, sum)` for each output element.
    template <class F>
    void each(F&& f) const {
        for (int n = 0; n < g.batch; ++n) {
            for (int y = 0; y < g.out_h; ++y) {
                for (int x = 0; x < g.out_w; ++x) {
                    for (int o = 0; o < g.out_c; ++o) {
                        const int pixel = (n * g.out_h + y) * g.out_w + x;
                        f(static_cast<std::size_t>(pixel * g.out_pitch + o),
                          kernels::reference::conv2d(g, in.data(), rounded.data(), bias.data(), n,
                                                     y, x, o));
                    }
                }
            }
        }
    }

    static inline const Out untouched = Out(-77.0F);

    kernels::conv_geometry g;
    std::vector<T> in;
    std::vector<float> weights;
    std::vector<T> rounded;
    std::vector<float> bias;
    std::vector<Out> residual;
};

/// An activation that is no register activation, with a slope of at most one.
inline void halve(float* x, int n, kernels::activation_parameters) noexcept {
    for (int i = 0; i < n; ++i) {
        x[i] *= 0.5F;
    }
}

/// One of the ways a sum can be finished, chosen by `variant`.
template <class Out>
kernels::epilogue<Out> some_epilogue(int variant, const Out* residual) {
    kernels::epilogue<Out> finish;
    finish.residual = variant % 2 == 0 ? nullptr : residual;
    switch (variant / 2 % 4) {
        case 0: break;
        case 1: finish.kind = kernels::activation::relu; break;
        case 2:
            finish.kind = kernels::activation::clip;
            finish.parameters = {-0.25F, 0.75F};
            break;
        default: finish.kind = kernels::activation::silu; finish.post = &halve;
    }
    return finish;
}

/// The definition of what `finish` makes of `sum`.
template <class Out>
double finished(const kernels::epilogue<Out>& finish, double sum) {
    switch (finish.kind) {
        case kernels::activation::relu: return std::fmax(0.0, sum);
        case kernels::activation::clip:
            return std::fmin(static_cast<double>(finish.parameters.b),
                             std::fmax(static_cast<double>(finish.parameters.a), sum));
        case kernels::activation::none: return sum;
        default: return 0.5 * sum;
    }
}

/// What is wrong with an output.
struct conv_faults {
    int inexact = 0;  ///< elements beyond their bound
    int overrun = 0;  ///< elements written that belong to others
};

/// Compares the kernel with its definition, element by element.
template <class Isa, kernels::tile_set Needed, class T, class Out>
conv_faults faults_of(const conv_problem<T, Out>& problem, int variant) {
    const auto finish = some_epilogue<Out>(variant, problem.residual.data());
    const std::vector<Out> out = problem.template run<Isa, Needed>(finish);
    conv_faults faults;
    problem.each([&](std::size_t i, const kernels::reference::conv_sum& sum) {
        const double added = finish.residual == nullptr
                                 ? 0.0
                                 : static_cast<double>(static_cast<float>(problem.residual[i]));
        const double expected = finished(finish, sum.value + added);
        const double bound =
            dot_bound(sum.terms + 2, sum.magnitude + std::abs(added), format_of<Out>, expected);
        const double got = static_cast<double>(static_cast<float>(out[i]));
        faults.inexact += std::abs(got - expected) <= bound ? 0 : 1;
    });
    const int stored = kernels::pitch_of(problem.g.out_c, format_of<Out>);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int c = static_cast<int>(i % static_cast<std::size_t>(problem.g.out_pitch));
        const bool kept = static_cast<float>(out[i]) == static_cast<float>(problem.untouched);
        faults.overrun += c >= stored && !kept ? 1 : 0;
    }
    return faults;
}

}  // namespace soma::test
