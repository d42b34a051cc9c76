// SPDX-License-Identifier: MIT
#include <soma/compile/host_stages.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/model.hpp>

#include "support/catch.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

namespace {

/// Twelve layers of 1 MiB of FP32 weights, far more than the nominal core's cache.
struct twelve : model<input<float, 512>,
                      layers::linear<"a", 512>,
                      layers::relu,
                      layers::linear<"b", 512>,
                      layers::relu,
                      layers::linear<"c", 512>,
                      layers::relu,
                      layers::linear<"d", 512>,
                      layers::relu,
                      layers::linear<"e", 512>,
                      layers::relu,
                      layers::linear<"f", 512>,
                      layers::relu,
                      layers::linear<"g", 512>,
                      layers::relu,
                      layers::linear<"h", 512>,
                      layers::relu,
                      layers::linear<"i", 512>,
                      layers::relu,
                      layers::linear<"j", 512>,
                      layers::relu,
                      layers::linear<"k", 512>,
                      layers::relu,
                      layers::linear<"l", 512>> {};
/// Four of 784 KiB: with a cache each, two cores keep what one cannot.
struct four : model<input<float, 448>,
                    layers::linear<"a", 448>,
                    layers::relu,
                    layers::linear<"b", 448>,
                    layers::relu,
                    layers::linear<"c", 448>,
                    layers::relu,
                    layers::linear<"d", 448>> {};

template <class Model, int Cores, int Batch = 1, class Precision = fp32>
using staged = program<Model, Precision, schedule<pipeline<Cores>, batch<Batch>>>;

/// The stages follow each other and leave no node out.
template <class Program>
constexpr bool complete = [] {
    int next = 0;
    for (int s = 0; s < Program::stage_ranges.count; ++s) {
        const host_stage& stage = Program::stage_ranges.at[s];
        if (stage.first != next || stage.last <= stage.first) {
            return false;
        }
        next = stage.last;
    }
    return next == Program::size;
}();

template <class Program>
constexpr double slowest = [] {
    double ns = 0;
    for (int s = 0; s < Program::stage_ranges.count; ++s) {
        ns = std::max(ns, Program::stage_ranges.at[s].ns);
    }
    return ns;
}();

static_assert(complete<program<small_net>> && program<small_net>::stage_ranges.count == 1);
static_assert(complete<staged<small_net, 1>> && complete<staged<small_net, 2>>);
static_assert(complete<staged<small_net, 4>> && complete<staged<small_net, 64>>);
static_assert(complete<staged<small_net, 3, 8, bf16>>);
static_assert(staged<small_net, 64>::stage_ranges.count <= staged<small_net, 64>::size,
              "no stage is empty");

static_assert(staged<twelve, 4>::stage_ranges.count == 4 && complete<staged<twelve, 4>>);
static_assert(slowest<staged<twelve, 4>> < slowest<staged<twelve, 2>>
              && slowest<staged<twelve, 12>> < slowest<staged<twelve, 4>>);

// Weights stay in a core's cache as far as they fit beside the activations.
static_assert(staged<twelve, 2>::stage_ranges.at[0].streamed_bytes > 0);
static_assert(staged<four, 2>::stage_ranges.at[0].streamed_bytes == 0
              && staged<four, 2>::stage_ranges.at[1].streamed_bytes == 0);
static_assert(staged<twelve, 12>::stage_ranges.at[5].streamed_bytes == 0);
static_assert(staged<twelve, 2>::stage_ranges.at[0].weight_bytes
                  + staged<twelve, 2>::stage_ranges.at[1].weight_bytes
              >= std::size_t{12} * 512 * 512 * 4);

// A larger batch has more to hand over.
static_assert(staged<four, 2>::stage_ranges.at[0].received_bytes == 0);
static_assert(staged<four, 2>::stage_ranges.at[1].received_bytes == 448 * 4);
static_assert(staged<four, 2, 8>::stage_ranges.at[1].received_bytes == 8 * 448 * 4);

template <class Program>
void check_bytes() {
    INFO("stages " << Program::stage_ranges.count << ", batch " << Program::batch_size);
    constexpr const plan_node* nodes = Program::nodes.data();
    for (int s = 0; s < Program::stage_ranges.count; ++s) {
        const host_stage& stage = Program::stage_ranges.at[s];
        std::size_t received = 0, needed = 0;
        std::vector<std::pair<std::size_t, std::size_t>> places;
        for (int i = 0; i < stage.last; ++i) {
            const bool own = i >= stage.first;
            const bool crosses = !own && passes::crosses(nodes, Program::size, i, stage.first);
            if (crosses) {
                received += nodes[i].arena_bytes;
                places.emplace_back(nodes[i].arena_offset,
                                    nodes[i].arena_offset + nodes[i].arena_bytes);
            }
            if (own || crosses) {
                needed = std::max(needed, nodes[i].arena_offset + nodes[i].arena_bytes);
            }
        }
        CHECK(stage.received_bytes == received);
        CHECK(stage.arena_bytes == needed);
        CHECK(stage.arena_bytes <= Program::activation_bytes);
        // What is copied in together must not lie on top of each other.
        std::sort(places.begin(), places.end());
        for (std::size_t i = 1; i < places.size(); ++i) {
            CHECK(places[i - 1].second <= places[i].first);
        }
    }
}

}  // namespace

TEST_CASE("stages know what they receive and how much room they need", "[host_stages]") {
    check_bytes<staged<small_net, 2>>();
    check_bytes<staged<small_net, 3, 5, bf16>>();
    check_bytes<staged<small_net, 64>>();
    check_bytes<staged<small_net, 64, 3, bf16>>();
    check_bytes<staged<twelve, 5, 2>>();
}

TEST_CASE("a node crosses a cut if somebody behind it reads it", "[host_stages]") {
    using plan = program<small_net>;
    const plan_node* nodes = plan::nodes.data();
    for (int i = 0; i < plan::size; ++i) {
        int last = i;
        for (int reader = 0; reader < plan::size; ++reader) {
            for (int k = 0; k < nodes[reader].input_count; ++k) {
                last = nodes[reader].inputs[k] == i ? reader : last;
            }
        }
        for (int cut = i + 1; cut < plan::size; ++cut) {
            CHECK(passes::crosses(nodes, plan::size, i, cut) == (last >= cut));
        }
    }
}
