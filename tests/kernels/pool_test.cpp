// SPDX-License-Identifier: MIT
#include <soma/kernels/pool.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <soma/kernels/reference/pool.hpp>
#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;
using kernels::pool_geometry;

namespace {

/// Output size as PyTorch computes it: with `ceil`, a window may hang over but not start outside.
int pooled(int size, int kernel, int stride, int pad, bool ceil) {
    const int room = size + 2 * pad - kernel + (ceil ? stride - 1 : 0);
    const int count = room / stride + 1;
    return ceil && (count - 1) * stride >= size + pad ? count - 1 : count;
}

struct shape {
    int h, w, kernel_h, kernel_w, stride, pad_h, pad_w;
    bool ceil;
};

constexpr shape shapes[] = {
    {1, 1, 1, 1, 1, 0, 0, false}, {5, 7, 3, 3, 2, 1, 1, false}, {6, 6, 3, 3, 2, 0, 0, true},
    {7, 5, 3, 2, 2, 1, 1, true},  {8, 4, 2, 2, 2, 0, 0, false}, {4, 9, 1, 5, 3, 0, 2, true},
    {3, 3, 3, 3, 1, 1, 1, false},
};

pool_geometry geometry(const shape& s, int batch, int c, int pitch, bool count_include_pad) {
    pool_geometry g;
    g.batch = batch;
    g.in_h = s.h;
    g.in_w = s.w;
    g.c = c;
    g.pitch = pitch;
    g.out_h = pooled(s.h, s.kernel_h, s.stride, s.pad_h, s.ceil);
    g.out_w = pooled(s.w, s.kernel_w, s.stride, s.pad_w, s.ceil);
    g.kernel_h = s.kernel_h;
    g.kernel_w = s.kernel_w;
    g.stride_h = s.stride;
    g.stride_w = s.stride;
    g.pad_h = s.pad_h;
    g.pad_w = s.pad_w;
    g.count_include_pad = count_include_pad;
    return g;
}

std::size_t in_size(const pool_geometry& g) {
    return static_cast<std::size_t>(g.batch * g.in_h * g.in_w * g.pitch);
}
std::size_t out_size(const pool_geometry& g) {
    return static_cast<std::size_t>(g.batch * g.out_h * g.out_w * g.pitch);
}

/// Runs `kernel<Isa>(out)` on every instruction set, wants equal bits, gives the result.
template <class Out, class Kernel>
std::vector<Out> same_everywhere(std::size_t n, Kernel kernel) {
    std::vector<Out> first;
    test::for_each_isa([&]<class Isa> {
        std::vector<Out> out(n, convert_to<Out>(99.0F));
        kernel.template operator()<Isa>(out.data());
        if (first.empty()) {
            first = out;
        }
        CHECK(test::differing(first, out) == 0);
    });
    return first;
}

template <class In, class Out>
void pools_agree(const pool_geometry& g, bool specials) {
    const std::size_t n = out_size(g);
    const auto in = specials ? test::uniform_with_specials<In>(in_size(g), 21)
                             : test::uniform<In>(in_size(g), 22);
    std::vector<double> want(n);

    kernels::reference::max_pool(g, in.data(), want.data());
    const auto largest = same_everywhere<Out>(
        n, [&]<class Isa>(Out* out) { kernels::max_pool<Isa>(g, in.data(), out); });
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < n; ++i) {
        wrong += test::within(largest[i], want[i], test::store_bound<Out>(want[i])) ? 0U : 1U;
    }
    CHECK(wrong == 0);

    kernels::reference::average_pool(g, in.data(), want.data());
    const auto mean = same_everywhere<Out>(
        n, [&]<class Isa>(Out* out) { kernels::average_pool<Isa>(g, in.data(), out); });
    if (specials) {
        return;
    }
    // A sum of n terms of at most 2 each, then a division: each term meets n roundings at most.
    const int terms = g.kernel_h * g.kernel_w;
    const double bound = (terms + 1) * unit_roundoff(format::f32) * 2;
    for (std::size_t i = 0; i < n; ++i) {
        wrong += test::within(mean[i], want[i], bound + test::store_bound<Out>(want[i] + bound))
                     ? 0U
                     : 1U;
    }
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("pools agree with their definitions, with the same bits everywhere", "[kernels][pool]") {
    for (const shape& s : shapes) {
        for (const int c : {1, 3, 8, 17, 64, 85}) {
            for (const bool specials : {false, true}) {
                pools_agree<float, float>(geometry(s, 2, c, c, true), specials);
                pools_agree<float, float>(geometry(s, 1, c, c + 2, false), specials);
                pools_agree<bfloat16, bfloat16>(geometry(s, 2, c, c + c % 2, false), specials);
                pools_agree<float16, float>(geometry(s, 1, c, c, true), specials);
            }
        }
    }
}

TEST_CASE("pools have the same bits everywhere with subnormals flushed", "[kernels][pool]") {
    const simd::flush_denormals_scope flushed;
    const pool_geometry g = geometry(shapes[1], 1, 21, 21, true);
    const auto in = test::uniform_with_specials<float>(in_size(g), 23);
    same_everywhere<float>(
        out_size(g), [&]<class Isa>(float* out) { kernels::max_pool<Isa>(g, in.data(), out); });
    same_everywhere<float>(
        out_size(g), [&]<class Isa>(float* out) { kernels::average_pool<Isa>(g, in.data(), out); });
}

TEMPLATE_LIST_TEST_CASE("NaN wins a maximum wherever it stands, padding never does",
                        "[kernels][pool]",
                        test::enabled_isas) {
    pool_geometry g = geometry({3, 3, 3, 3, 1, 1, 1, false}, 1, 1, 1, true);
    for (std::size_t at = 0; at < 9; ++at) {
        std::vector<float> in(9, -5.0F);
        in[at] = std::numeric_limits<float>::quiet_NaN();
        std::vector<float> out(9);
        kernels::max_pool<TestType>(g, in.data(), out.data());
        CHECK(std::isnan(out[4]));
        for (std::size_t i = 0; i < 9; ++i) {
            CHECK((std::isnan(out[i]) || out[i] == -5.0F));
        }
    }
}

TEMPLATE_LIST_TEST_CASE("a sample pools to the same bits alone and in a batch",
                        "[kernels][pool]",
                        test::enabled_isas) {
    const pool_geometry three = geometry(shapes[1], 3, 19, 19, true);
    const pool_geometry one = geometry(shapes[1], 1, 19, 19, true);
    const auto in = test::uniform<float>(in_size(three), 24);
    std::vector<float> together(out_size(three));
    std::vector<float> alone(out_size(three));
    kernels::average_pool<TestType>(three, in.data(), together.data());
    for (std::size_t b = 0; b < 3; ++b) {
        kernels::average_pool<TestType>(one, in.data() + b * in_size(one),
                                        alone.data() + b * out_size(one));
    }
    CHECK(test::differing(together, alone) == 0);
}

TEST_CASE("global_average_pool agrees with its definition, with the same bits everywhere",
          "[kernels][pool]") {
    for (const int pixels : {1, 2, 49, 200}) {
        for (const int c : {1, 10, 16, 70}) {
            const int pitch = c + 1;
            constexpr int batch = 2;
            const auto size = static_cast<std::size_t>(batch * pitch);
            const auto in = test::uniform<bfloat16>(size * static_cast<std::size_t>(pixels), 25);
            std::vector<double> want(size);
            kernels::reference::global_average_pool(in.data(), batch, pixels, c, pitch,
                                                    want.data());
            const auto got = same_everywhere<float>(size, [&]<class Isa>(float* out) {
                kernels::global_average_pool<Isa>(in.data(), batch, pixels, c, pitch, out);
            });
            const double bound = (pixels + 1) * unit_roundoff(format::f32) * 2;
            for (std::size_t i = 0; i < size; ++i) {
                CHECK(test::within(got[i], want[i], bound));
            }
        }
    }
}
