// SPDX-License-Identifier: MIT
#include <soma/kernels/panel_walk.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

using isa = simd::native;

template <class T>
struct panel_job {
    const T* weights = nullptr;
    const float* bias = nullptr;
    T* out = nullptr;
    int columns = 0;
    const epilogue<T>* finish = nullptr;
};

template <class T>
struct operands {
    explicit operands(const conv_geometry& g)
        : weights(packed_elements<isa, T>(g)),
          bias(packed_bias_elements<isa>(g)),
          out(static_cast<std::size_t>(g.out_pitch)),
          residual(out.size()) {
        finish.residual = residual.data();
    }

    panel_walk<isa, T, T> walk(const conv_geometry& g, const conv_part& part) {
        return {g, weights.data(), bias.data(), out.data(), finish, part};
    }

    std::vector<T> weights;
    std::vector<float> bias;
    std::vector<T> out, residual;
    epilogue<T> finish;
};

/// Walks the panels of two parts of `g` and returns how many columns are not computed once, from
/// the weights, bias and residual that are theirs.
template <class T>
int wrong_columns(const conv_geometry& g) {
    operands<T> x(g);
    std::vector<int> seen(x.out.size(), 0);
    const int panels = pick_tiling<isa, T>(g).panels;
    const int vectors = static_cast<int>(weight_blocks<isa>(g)) / g.groups;
    int wrong = 0;
    for (const conv_part& part :
         {conv_part{.last_panel = panels / 2}, conv_part{.first_panel = panels / 2}}) {
        panel_walk<isa, T, T> walk = x.walk(g, part);
        panel_job<T> job;
        int visited = 0;
        for (int group = 0; group < g.groups && walk.count() > 0; ++group) {
            walk.start(group, job);
            wrong += job.weights == walk.first_weights(group) ? 0 : 1;
            do {
                const int first = static_cast<int>(job.out - x.out.data());
                const int vector = (first - group * g.group_out()) / isa::lanes;
                const auto block = static_cast<std::size_t>(group * vectors + vector);
                wrong += job.weights == x.weights.data() + block_of<isa, T>(g, block).offset
                                 && job.bias == x.bias.data() + block * std::size_t{isa::lanes}
                                 && job.finish->residual == x.residual.data() + first
                                 && job.columns <= walk.vectors() * isa::lanes
                             ? 0
                             : 1;
                for (int c = first; c < first + job.columns; ++c) {
                    ++seen[static_cast<std::size_t>(c)];
                }
                ++visited;
            } while (walk.next(job));
        }
        wrong += visited == walk.count() * g.groups ? 0 : 1;
    }
    const int padded = pitch_of(g.out_c, format_of<T>);
    const int stored = padded < g.out_pitch ? padded : g.out_pitch;
    for (int c = 0; c < g.out_pitch; ++c) {
        wrong += seen[static_cast<std::size_t>(c)] == (c < stored ? 1 : 0) ? 0 : 1;
    }
    return wrong;
}

}  // namespace

TEST_CASE("kernels/panel_walk: parts visit each panel once, with all that is its own") {
    for (const conv_geometry& g : test::random_geometries<200>(17, format::f32, format::f32)) {
        if (!g.depthwise()) {
            CHECK(wrong_columns<float>(g) == 0);
        }
    }
    for (const conv_geometry& g : test::random_geometries<200>(18, format::bf16, format::bf16)) {
        if (!g.depthwise()) {
            CHECK(wrong_columns<bfloat16>(g) == 0);
        }
    }
}

TEST_CASE("kernels/panel_walk: a part's bytes are those between its first weights and its last") {
    const conv_geometry g = linear_geometry(1, 48, 1000, format::f32, format::f32);
    operands<float> x(g);
    const std::size_t all = x.weights.size() * sizeof(float);
    const std::size_t left = x.walk(g, {.last_panel = 3}).part_bytes();
    CHECK(x.walk(g, {}).part_bytes() == all);
    CHECK(left == 3 * x.walk(g, {}).panel_bytes());
    CHECK(x.walk(g, {.first_panel = 3}).part_bytes() == all - left);
    CHECK(x.walk(g, {.first_panel = 3, .last_panel = 3}).count() == 0);
}

TEST_CASE("kernels/panel_walk: depthwise kernels take all channels at once") {
    conv_geometry g = linear_geometry(1, 37, 37, format::bf16, format::bf16);
    g.groups = 37;
    operands<bfloat16> x(g);
    panel_walk<isa, bfloat16, bfloat16> walk = x.walk(g, {});
    panel_job<bfloat16> job;
    walk.start_depthwise(job);
    CHECK(job.weights == x.weights.data());
    CHECK(job.out == x.out.data());
    CHECK(job.columns == 38);
    CHECK(job.finish->residual == x.residual.data());
}
