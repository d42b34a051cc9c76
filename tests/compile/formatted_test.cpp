// SPDX-License-Identifier: MIT
#include <soma/compile/formatted.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>

using namespace soma;
using simd::isa::avx2;
using simd::isa::avx512;

namespace {

struct learned {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents) { return {}; }
    static constexpr std::array<custom_parameter, 2> parameters(extents in) {
        return {{{"gain", in.c}, {"table", 40}}};
    }
    static void run(pixels<const float>, pixels<float>, const float* const*) noexcept {}
};

struct net : model<input<float, 3, 9, 8>,
                   layers::conv2d<"conv1", 21, 3, padding<1>, stride<2>>,
                   layers::max_pool<2>,
                   layers::batch_norm<"bn">,
                   layers::custom<"custom", learned>,
                   layers::flatten,
                   layers::linear<"fc", 10>> {};

template <class Precision, class Isa>
using f = formatted<net, Precision, Isa>;

/// Whether parameters lie one after the other, aligned, in execution order, inside the blob.
template <class Formatted>
consteval bool consecutive() {
    std::size_t next = 0;
    for (int i = 0; i < Formatted::size; ++i) {
        const plan_node& n = Formatted::list.nodes[i];
        if (n.weights_offset != next || n.weights_offset % 64 != 0) {
            return false;
        }
        next = round_up(next + n.weights_bytes, std::size_t{64});
        if (n.vectors_offset != next) {
            return false;
        }
        next = round_up(next + n.vectors_bytes, std::size_t{64});
    }
    return next == Formatted::packed_bytes;
}

}  // namespace

static_assert(consecutive<f<fp32, avx512>>() && consecutive<f<bf16, avx512>>()
              && consecutive<f<matmul_cast<fp16>, avx2>>());

// Sizes by hand: 21 outputs are two vectors of 16, or three of 8.
static_assert(f<fp32, avx512>::list.nodes[1].weights_bytes == 32 * 27 * 4);
static_assert(f<fp32, avx512>::list.nodes[1].vectors_bytes == 32 * 4);
static_assert(f<fp32, avx2>::list.nodes[1].weights_bytes == 24 * 27 * 4);
static_assert(f<fp16, avx512>::list.nodes[1].weights_bytes == 32 * 27 * 2);
static_assert(f<bf16, avx512>::list.nodes[1].weights_bytes == 32 * 9 * 4 * 2,
              "three channels are two pairs");

// What has no parameters takes no bytes; a norm has scale and shift; a custom layer its tensors.
static_assert(f<fp32, avx512>::list.nodes[2].weights_bytes
                  + f<fp32, avx512>::list.nodes[2].vectors_bytes
              == 0);
static_assert(f<fp32, avx512>::list.nodes[3].vectors_bytes == 2 * 32 * 4);
static_assert(f<fp32, avx512>::list.nodes[4].vectors_bytes == (32 + 48) * 4);

// The kernel sees the border that lies in memory as part of the image.
static_assert([] {
    const auto g = detail::kernel_geometry(f<fp32, avx512>::list.nodes, 1, 4);
    return g.batch == 4 && g.in_h == 11 && g.in_w == 10 && g.pad_h == 0 && g.pad_w == 0
           && g.out_h == 5 && g.out_w == 4;
}());
static_assert([] {
    const int fc = 5;  // the flatten is part of it
    const auto g = detail::kernel_geometry(f<fp32, avx512>::list.nodes, fc, 1);
    return f<fp32, avx512>::list.nodes[fc].kind == op::linear && g.kernel_h == 2 && g.kernel_w == 2
           && g.in_c == 21 && g.out_c == 10;
}());

// A list is kept at its exact size.
static_assert(f<fp32, avx512>::size == 7 && f<fp32, avx512>::list.size == 7);
static_assert(f<bf16, avx512>::size > f<fp32, avx512>::size, "casts around the custom kernel");
static_assert(f<fp32, avx512>::list.custom[4]->supports(format::f32)
              && f<fp32, avx512>::list.custom[1] == nullptr);
