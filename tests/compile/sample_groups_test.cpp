// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <random>
#include <span>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/compile/sample_groups.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"
#include "support/models.hpp"
#include "support/residual_groups.hpp"
#include "support/small_net.hpp"

using namespace soma;
using simd::isa::avx512;
using test::residual_groups;
using test::tight_batch;

namespace {

constexpr bool sizes_are(int batch, std::initializer_list<int> want) {
    const passes::group_sizes sizes = passes::sizes_of_groups(batch);
    return std::equal(want.begin(), want.end(), sizes.size, sizes.size + sizes.count);
}

static_assert(sizes_are(1, {1}));
static_assert(sizes_are(8, {8, 4, 2, 1}));
static_assert(sizes_are(7, {7, 1}));
static_assert(sizes_are(9, {9, 3, 1}));
static_assert(sizes_are(12, {12, 6, 3, 1}));
static_assert(passes::sizes_of_groups(65'536).count == passes::group_sizes::most);
static_assert(sizes_are(65'521, {65'521, 1}), "a prime");

constexpr double ns(const passes::detail::group_costs& costs, int size) {
    return passes::detail::group_ns(costs, 8, size, 1e6);
}

// An early layer of a network alone - large activations, small weights - and a late one.
constexpr passes::detail::group_costs early{
    .crossing = 4e5, .alive = 2e6, .touched = 2e6, .weights = 3e4};
constexpr passes::detail::group_costs late{
    .crossing = 1e4, .alive = 3e4, .touched = 3e4, .weights = 4e6};
static_assert(ns(early, 1) < ns(early, 2) && ns(early, 2) < ns(early, 8));
static_assert(ns(late, 8) < ns(late, 4) && ns(late, 4) < ns(late, 1));
// Tiles of sixteen pixels are fuller with images of 7x7 side by side.
constexpr passes::detail::group_costs tiles{.pixels = 49, .tile_ns = 1e4};
static_assert(ns(tiles, 8) < ns(tiles, 1));

template <class Precision, class Schedule>
using resnet50 = program<zoo::resnet<50>, Precision, Schedule, avx512>;

/// Whether the steps of `Program` are all its nodes in order, and groups divide the batch.
template <class Program>
consteval bool sound_steps() {
    int at = 0;
    for (const pass_step& s : Program::steps) {
        if (s.first != at || s.last <= at || s.samples < 1
            || Program::batch_size % s.samples != 0) {
            return false;
        }
        at = s.last;
    }
    return at == Program::size;
}

static_assert(sound_steps<resnet50<bf16, batch<1>>>() && sound_steps<resnet50<bf16, batch<8>>>()
              && sound_steps<resnet50<fp32, batch<12>>>());

// A batch of one has nothing to choose, and cores that share a pass share the batch.
static_assert(resnet50<bf16, batch<1>>::steps.size() == 1);
static_assert([] {
    for (const pass_step& s : resnet50<bf16, schedule<tensor_parallel<2>, batch<4>>>::steps) {
        if (s.samples != 4) {
            return false;
        }
    }
    return true;
}());

// A residual network begins with large images and ends with large weights.
using eight = resnet50<bf16, batch<8>>;
static_assert(eight::steps.front().samples == 1 && eight::steps.back().samples == 8);
static_assert(eight::nodes[3].geometry.batch == 1);
static_assert(eight::nodes[3].arena_bytes == 56UL * 56 * 64 * 2
              && eight::nodes[3].sample_step == 0);
static_assert(eight::nodes[53].geometry.batch == 8);
static_assert(eight::nodes[53].arena_bytes == 8UL * 7 * 7 * 512 * 2);

// What lives inside a step of one sample takes the space of one.
static_assert(eight::activation_bytes < 5 * resnet50<bf16, batch<1>>::activation_bytes);
static_assert(resnet50<fp32, batch<8>>::activation_bytes
              < 5 * resnet50<fp32, batch<1>>::activation_bytes);
static_assert(eight::activation_bytes >= eight::least_activation_bytes);
static_assert(eight::packed_bytes == resnet50<bf16, batch<1>>::packed_bytes);
static_assert(resnet50<bf16, schedule<replicate<2>, batch<8>>>::arena_bytes == eight::arena_bytes);

// A schedule that says how large the cache is gets groups for it.
template <class Precision, class Schedule>
using tight = program<residual_groups, Precision, Schedule, avx512>;
static_assert(program<test::small_net, fp32, batch<8>>::steps.size() == 1, "it fits");
static_assert(tight<fp32, tight_batch<8>>::steps.size() == 2
              && tight<fp32, tight_batch<8>>::steps[0].samples == 1
              && tight<fp32, tight_batch<8>>::steps[1].samples == 8);
static_assert(tight<fp32, tight_batch<8>>::activation_bytes
              < tight<fp32, batch<8>>::activation_bytes / 2);
static_assert(tight<bf16, tight_batch<8, 64 * 1024>>::steps.size() > 2);
static_assert(sound_steps<tight<bf16, tight_batch<9>>>());

/// A pass of `plan` on paper: which node and sample each byte of the arena is of. Returns how often
/// a node would read bytes of something else.
template <class Plan>
int misread(const Plan& plan, int batch) {
    struct owner {
        int node = -1, sample = -1;
        bool operator==(const owner&) const = default;
    };
    std::vector<owner> arena(plan.activation_bytes);
    int wrong = 0;
    for (int k = 0; k < plan.step_count; ++k) {
        const pass_step& step = plan.steps[k];
        for (int first = 0; first < batch; first += step.samples) {
            // The bytes of sample `s` of node `node` in this group.
            const auto bytes_of = [&](int node, int s) {
                const plan_node& n = plan.list.nodes[node];
                const std::size_t from = n.arena_offset
                                         + static_cast<std::size_t>(first) * n.sample_step
                                         + static_cast<std::size_t>(s) * stored_bytes(n);
                const std::size_t to = from + stored_bytes(n);
                REQUIRE((to <= arena.size() && to <= n.arena_offset + n.arena_bytes));
                return std::span(arena).subspan(from, stored_bytes(n));
            };
            for (int i = step.first; i < step.last; ++i) {
                const plan_node& n = plan.list.nodes[i];
                wrong += is_matmul(n.kind) && n.geometry.batch != step.samples ? 1 : 0;
                for (int s = 0; s < step.samples; ++s) {
                    for (int input = 0; input < n.input_count; ++input) {
                        const owner want{n.inputs[input], first + s};
                        const auto bytes = bytes_of(n.inputs[input], s);
                        wrong += std::count(bytes.begin(), bytes.end(), want)
                                         == static_cast<std::ptrdiff_t>(bytes.size())
                                     ? 0
                                     : 1;
                    }
                }
                for (int s = 0; s < step.samples && n.kind != op::output; ++s) {
                    const auto bytes = bytes_of(i, s);
                    std::fill(bytes.begin(), bytes.end(), owner{i, first + s});
                }
            }
        }
    }
    return wrong;
}

/// Plans of `Formatted` for groups at random: any size at any node.
template <class Formatted>
void check_random_groups(int batch) {
    const passes::group_sizes sizes = passes::sizes_of_groups(batch);
    std::mt19937 random(7);
    for (int repeat = 0; repeat < 20; ++repeat) {
        std::array<int, static_cast<std::size_t>(Formatted::size)> groups;
        int size = batch;
        for (int& samples : groups) {
            // Runs of nodes, mostly.
            if (random() % 3 == 0) {
                size = sizes.size[random() % static_cast<unsigned>(sizes.count)];
            }
            samples = size;
        }
        const auto plan = detail::plan<Formatted, avx512>(batch, 1, 1, groups);
        CHECK(misread(plan, batch) == 0);
        CHECK(plan.activation_bytes >= plan.least_activation_bytes);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("no group of samples writes over what another one still needs",
                   "[compile][sample_groups]",
                   residual_groups,
                   test::small_net,
                   test::mixed,
                   test::unusual) {
    for (const int batch : {1, 2, 6, 8}) {
        check_random_groups<formatted<TestType, fp32, avx512>>(batch);
        check_random_groups<formatted<TestType, bf16, avx512>>(batch);
        check_random_groups<formatted<TestType, matmul_cast<bf16>, avx512>>(batch);
    }
}
