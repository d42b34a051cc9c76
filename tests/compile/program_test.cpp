// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/compile/program.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>

using namespace soma;
using simd::isa::avx2;
using simd::isa::avx512;

namespace {

struct net : model<input<float, 1, 8, 8>,
                   layers::conv2d<"conv1", 16, 3, padding<1>>,
                   layers::relu,
                   layers::residual<layers::sequential<layers::conv2d<"conv2", 16, 3, padding<1>>,
                                                       layers::batch_norm<"bn2">>>,
                   layers::relu,
                   layers::global_average_pool,
                   layers::linear<"fc", 10>> {};

template <int N, class Isa = avx512>
using single = program<net, fp32, batch<N>, Isa>;
template <class Precision, class Schedule>
using any = program<net, Precision, Schedule, avx512>;

/// Whether buffers that live together are apart and inside the arena, from the nodes alone. Only
/// a sum may lie exactly where its residual is read for the last time, which its windows do not
/// read.
template <class Program>
consteval bool sound_arena() {
    int last_use[Program::size] = {};
    for (int i = 0; i < Program::size; ++i) {
        const plan_node& n = Program::nodes[static_cast<std::size_t>(i)];
        last_use[i] = i;
        for (int k = 0; k < n.input_count; ++k) {
            last_use[n.inputs[k]] = i;
        }
    }
    for (int i = 0; i < Program::size; ++i) {
        const plan_node& a = Program::nodes[static_cast<std::size_t>(i)];
        if (a.arena_offset % 64 != 0 || a.arena_offset + a.arena_bytes > Program::activation_bytes
            || (a.kind != op::output
                && a.arena_bytes
                       < static_cast<std::size_t>(Program::batch_size) * stored_bytes(a))) {
            return false;
        }
        for (int j = 0; j < i; ++j) {
            const plan_node& b = Program::nodes[static_cast<std::size_t>(j)];
            const bool in_place = a.residual == j && last_use[j] == i && a.inputs[0] != j
                                  && a.arena_offset == b.arena_offset
                                  && a.arena_bytes == b.arena_bytes;
            if (!in_place && last_use[j] >= i && a.arena_offset < b.arena_offset + b.arena_bytes
                && b.arena_offset < a.arena_offset + a.arena_bytes) {
                return false;
            }
        }
    }
    return true;
}

/// Whether each node's kernel is the one for its formats, and holds its register tiles.
template <class Program>
consteval bool sound_kernels() {
    for (int i = 0; i < Program::size; ++i) {
        const plan_node& n = Program::nodes[static_cast<std::size_t>(i)];
        const kernel_key& key = Program::kernel_keys[n.kernel];
        if (!(key_without_tiles(key) == key_of(n))) {
            return false;
        }
        if (is_matmul(n.kind)) {
            const auto need =
                kernels::tiles_needed<typename Program::isa_type,
                                      typename Program::precision_type::compute_type>(n.geometry);
            if (!((key.tiles | need) == key.tiles) || n.tile_rows < 1 || n.tile_vectors < 1) {
                return false;
            }
        }
    }
    return true;
}

/// Two convolutions beside the shortcut: nobody reads the shortcut after the second one adds it.
struct deep_branch
    : model<input<float, 16, 8, 8>,
            layers::conv2d<"before", 16, 3, padding<1>>,
            layers::residual<layers::sequential<layers::conv2d<"a", 16, 3, padding<1>>,
                                                layers::conv2d<"b", 16, 1>>>,
            layers::conv2d<"after", 16, 3, padding<1>>> {};

}  // namespace

static_assert(std::same_as<program<net>::precision_type, fp32>);
static_assert(std::same_as<program<net>::schedule_type, schedule<>>);
static_assert(std::same_as<program<net>::isa_type, simd::native>);

static_assert(single<1>::size == 6 && single<1>::nodes[0].kind == op::input
              && single<1>::nodes[5].kind == op::output);
static_assert(any<bf16, schedule<batch<4>, replicate<2>>>::batch_size == 4);
static_assert(any<bf16, schedule<batch<4>, replicate<2>>>::copies == 2);
static_assert(any<bf16, schedule<batch<4>, replicate<2>>>::samples == 8);

// Buffers by hand: input with its border, two convolutions of 16 channels, the second reads the
// first.
static_assert(single<1>::nodes[0].arena_bytes == round_up(10UL * 10 * 4, 64UL));
static_assert(single<1>::nodes[1].arena_bytes == 8UL * 8 * 16 * 4);
static_assert(single<1>::nodes[5].arena_bytes == 0, "the output node writes to the caller");
static_assert(single<1>::least_activation_bytes == 2 * 8UL * 8 * 16 * 4);
static_assert(single<1>::activation_bytes == single<1>::least_activation_bytes);
static_assert(single<1>::arena_bytes >= single<1>::activation_bytes
              && single<1>::scratch_offset == single<1>::activation_bytes);

static_assert(sound_arena<single<1>>() && sound_arena<single<7>>()
              && sound_arena<any<bf16, batch<3>>>()
              && sound_arena<any<matmul_cast<bf16>, batch<3>>>() && sound_arena<single<5, avx2>>()
              && sound_arena<any<fp32, tensor_parallel<2, 1>>>());
static_assert(sound_kernels<single<1>>() && sound_kernels<single<7>>()
              && sound_kernels<any<matmul_cast<bf16>, batch<3>>>()
              && sound_kernels<single<5, avx2>>());

// `b` writes its sums over the shortcut; in `net`, the only convolution that adds reads it, too.
static_assert(program<deep_branch>::nodes[3].residual == 1
              && program<deep_branch>::nodes[3].arena_offset
                     == program<deep_branch>::nodes[1].arena_offset);
static_assert(sound_arena<program<deep_branch>>()
              && sound_arena<program<deep_branch, matmul_cast<bf16>>>());
static_assert(program<deep_branch>::activation_bytes == 2 * 8UL * 8 * 16 * 4);
static_assert(single<1>::nodes[2].residual == single<1>::nodes[2].inputs[0]
              && single<1>::nodes[2].arena_offset != single<1>::nodes[1].arena_offset);

// A schedule changes sizes, never formats, parameters or work.
static_assert(single<7>::nodes[1].arena_bytes == 7 * single<1>::nodes[1].arena_bytes);
static_assert(single<7>::nodes[1].geometry.batch == 7);
static_assert(single<7>::packed_bytes == single<1>::packed_bytes);
static_assert(std::same_as<single<7>::formatted_type, single<1>::formatted_type>);
static_assert(single<7>::nodes[2].weights_offset == single<1>::nodes[2].weights_offset);
static_assert(single<7>::work == single<1>::work && single<1>::work == net::work);
static_assert(any<fp32, schedule<batch<7>, replicate<3>>>::arena_bytes == single<7>::arena_bytes,
              "replicas have an arena each");
static_assert(any<fp32, tensor_parallel<3>>::cores == 3 && single<1>::cores == 1);
static_assert(any<fp32, tensor_parallel<3>>::arena_bytes
                  == single<1>::arena_bytes + 2 * single<1>::scratch_bytes,
              "scratch memory for each core");
static_assert(any<matmul_cast<bf16>, batch<1>>::work.vector_ops
                  == net::work.vector_ops + 8 * 8 * 16,
              "a cast is work, too");

// One kernel per key: both convolutions and the linear layer share theirs.
static_assert(single<1>::kernel_keys.size() == 4
              && single<1>::nodes[1].kernel == single<1>::nodes[2].kernel
              && single<1>::nodes[1].kernel == single<1>::nodes[4].kernel);
