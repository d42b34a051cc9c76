// SPDX-License-Identifier: MIT
#include <soma/compile/split.hpp>

#include <soma/compile/program.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/first_token.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/join.hpp>

using namespace soma;
using simd::isa::avx2;
using simd::isa::avx512;

namespace {

/// An early layer (large image, few weights), a late one (small image, many weights), and others.
struct net : model<input<float, 64, 56, 56>,
                   layers::conv2d<"early", 64, 3, padding<1>>,
                   layers::max_pool<8>,
                   layers::conv2d<"late", 1024, 3, padding<1>>,
                   layers::global_average_pool,
                   layers::linear<"fc", 1000>,
                   layers::softmax> {};

struct sequence : model<tokens<128>,
                        layers::embedding<"words", 50, 768>,
                        layers::parallel<layers::identity,
                                         layers::linear<"key", 768, each_token>,
                                         layers::linear<"value", 768, each_token>>,
                        layers::attention<12>,
                        layers::first_token> {};

template <class Schedule, class Precision = fp32, class Isa = avx512>
using plan = program<net, Precision, Schedule, Isa>;

using two = plan<tensor_parallel<2>>;

template <class Program>
consteval const plan_node& nth(op kind, int skip = 0) {
    for (const plan_node& n : Program::nodes) {
        if (n.kind == kind && skip-- == 0) {
            return n;
        }
    }
    throw "no such node";
}

/// Whether the chunks of every node are one after the other, all there, and equal within a unit.
template <class Program>
consteval bool sound_chunks() {
    for (const plan_node& n : Program::nodes) {
        if (n.chunks < 1 || n.units < n.chunks || (n.how == cut::one) != (n.chunks == 1)
            || n.chunks > passes::most_chunks_per_core * Program::cores) {
            return false;
        }
        int next = 0, last_chunks = 0;
        for (int chunk = 0; n.how != cut::one && chunk < n.chunks; ++chunk) {
            const node_part part = part_of(n, chunk, Program::cores);
            const int first = n.how == cut::panels ? part.matmul.first_panel
                              : is_matmul(n.kind)  ? part.matmul.first_row
                                                   : part.units.first;
            const int last = n.how == cut::panels ? part.matmul.last_panel
                             : is_matmul(n.kind)  ? part.matmul.last_row
                                                  : part.units.last;
            const int fair = n.units / n.chunks;
            if (first != next || last - first < fair || last - first > fair + 1) {
                return false;
            }
            next = last;
            last_chunks += part.own_next ? 0 : 1;
        }
        if (n.how != cut::one
            && (next != n.units
                || last_chunks != (n.chunks < Program::cores ? n.chunks : Program::cores))) {
            return false;
        }
    }
    return true;
}

/// Whether what a chunk says its core reads next is what the next chunk of that core reads.
template <class Program>
consteval bool sound_next() {
    for (const plan_node& n : Program::nodes) {
        for (int chunk = 0; n.how == cut::panels && chunk + 1 < n.chunks; ++chunk) {
            const node_part part = part_of(n, chunk, Program::cores);
            const int next = part_of(n, chunk + 1, Program::cores).matmul.first_panel;
            if (part.own_next
                && (!part.reads_next
                    || part.next != static_cast<std::size_t>(next) * n.panel_bytes)) {
                return false;
            }
        }
        if (n.panel_bytes > 0
            && (n.panel_bytes * static_cast<std::size_t>(n.units) < n.weights_bytes
                || n.panel_bytes * static_cast<std::size_t>(n.units - 1) >= n.weights_bytes)) {
            return false;
        }
    }
    return true;
}

/// Whether the steps hold each node once, in order, alone where it is cut.
template <class Program>
consteval bool sound_steps() {
    int next = 0;
    for (const pass_step& s : Program::steps) {
        if (s.first != next || s.last <= s.first || (s.chunks > 1 && s.last != s.first + 1)) {
            return false;
        }
        for (; next < s.last; ++next) {
            if (Program::nodes[static_cast<std::size_t>(next)].chunks != s.chunks) {
                return false;
            }
        }
    }
    return next == Program::size;
}

/// Whether the kernels of each node hold the tiles of all its chunks.
template <class Program>
consteval bool sound_tiles() {
    for (const plan_node& n : Program::nodes) {
        for (int chunk = 0; is_matmul(n.kind) && chunk < n.chunks; ++chunk) {
            const auto need = kernels::tiles_needed<typename Program::isa_type,
                                                    typename Program::precision_type::compute_type>(
                n.geometry, part_of(n, chunk, Program::cores).matmul);
            const kernel_key& key = Program::kernel_keys[n.kernel];
            if (!((key.tiles | need) == key.tiles)) {
                return false;
            }
        }
    }
    return true;
}

template <class Program>
inline constexpr bool sound = sound_chunks<Program>() && sound_steps<Program>()
                              && sound_tiles<Program>() && sound_next<Program>();

}  // namespace

static_assert(sound<two> && sound<plan<tensor_parallel<3>>> && sound<plan<tensor_parallel<64>>>);
static_assert(sound<plan<schedule<batch<3>, tensor_parallel<2>>, bf16>>);
static_assert(sound<plan<tensor_parallel<4, 1>, fp32, avx2>>);
static_assert(sound<plan<schedule<>>> && sound<plan<tensor_parallel<1, 1>>>);

// Large images are cut by rows, many weights by panels; the rest by what its kernels count.
static_assert(nth<two>(op::conv2d).how == cut::rows && nth<two>(op::conv2d).units == 56);
static_assert(nth<two>(op::conv2d, 1).how == cut::panels);
static_assert(nth<two>(op::linear).how == cut::panels);
static_assert(nth<two>(op::input).how == cut::rows && nth<two>(op::input).units == 56);
static_assert(nth<two>(op::max_pool).how == cut::rows && nth<two>(op::max_pool).units == 7);
static_assert(nth<plan<tensor_parallel<2, 1>>>(op::global_average_pool).how == cut::channels);

// The second core fetches its own half of the weights that follow: those of the linear layer.
static_assert(nth<two>(op::conv2d, 1).next_panel_bytes == nth<two>(op::linear).panel_bytes
              && part_of(nth<two>(op::conv2d, 1), nth<two>(op::conv2d, 1).chunks - 1, 2).next
                     == static_cast<std::size_t>(nth<two>(op::linear).units / 2)
                            * nth<two>(op::linear).panel_bytes);
static_assert(nth<plan<batch<1>>>(op::conv2d, 1).next_panel_bytes == 0);

// More chunks than cores where a node is long, one where it is too short for a barrier.
static_assert(nth<two>(op::conv2d).chunks >= 4 && nth<two>(op::conv2d, 1).chunks >= 4);
static_assert(nth<two>(op::softmax).how == cut::one);
static_assert(nth<plan<tensor_parallel<2, 1'000'000'000>>>(op::conv2d).how == cut::one);
static_assert(plan<tensor_parallel<2, 1'000'000'000>>::steps.size() == 1,
              "what is not cut needs no barrier");

// One core: nothing is cut, and nothing but the cores changes in a program.
static_assert(plan<tensor_parallel<1>>::steps.size() == 1 && plan<batch<4>>::cores == 1);
static_assert(two::packed_bytes == plan<batch<1>>::packed_bytes
              && two::activation_bytes == plan<batch<1>>::activation_bytes);

// chunks_for: four for each core, fewer where they are short, whole rounds, at most the units.
static_assert(passes::chunks_for(100, 1e6, 2, 4, 1000) == 8);
static_assert(passes::chunks_for(100, 7'500, 2, 4, 1000) == 6);
static_assert(passes::chunks_for(100, 2'500, 4, 4, 1000) == 2);
static_assert(passes::chunks_for(100, 1'900, 2, 4, 1000) == 1);
static_assert(passes::chunks_for(5, 1e6, 2, 4, 1000) == 5);
static_assert(passes::chunks_for(1, 1e6, 2, 4, 1000) == 1);

static_assert(name(cut::panels) == "panels" && name(cut::one) == "one"
              && name(cut::channels) == "channels");

// An attention is as long as its products; it is cut by the tokens that ask. One token is one unit.
static_assert(sound<program<sequence, bf16, tensor_parallel<2>, avx512>>);
static_assert(nth<program<sequence, fp32, tensor_parallel<2>, avx512>>(op::attention).how
              == cut::pixels);
static_assert(nth<program<sequence, fp32, tensor_parallel<2>, avx512>>(op::attention).units == 128);
static_assert(nth<program<sequence, fp32, tensor_parallel<2, 1>, avx512>>(op::slice).how
              == cut::one);
