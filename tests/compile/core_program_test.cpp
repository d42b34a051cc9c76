// SPDX-License-Identifier: MIT
#include <soma/compile/program.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

struct resnet50 : zoo::resnet<50> {};
struct bert : zoo::bert_base<> {};

using batched = program<resnet50, auto_cast<bf16>, schedule<batch<5>, replicate<4>>, inferentia>;
using pipelined = program<bert, bf16, schedule<pipeline<16>>, on<inf1_6xlarge>>;
using too_many = program<resnet50, bf16, schedule<replicate<5>>, inferentia>;

constexpr instance one_core{.name = "mine",
                            .chip = {.name = "mine",
                                     .core = neuron_core_v2,
                                     .cores = 1,
                                     .memory_bytes = {1e9},
                                     .memory_bytes_per_second = {1e11}},
                            .chips = 1,
                            .vcpus = 2,
                            .host_flops_per_second = {1e10}};
using on_mine = program<resnet50, bf16, schedule<>, on<one_core>>;

}  // namespace

static_assert(batched::fits && batched::host_nodes == 0 && batched::core_nodes > 50);
static_assert(batched::predicted.latency_ms < 25.0 && batched::predicted.latency_ms > 1.0);
static_assert(batched::predicted.how == deployment{.batch = 5, .copies = 4, .workers = 1});
static_assert(pipelined::fits && pipelined::host_nodes == 0 && pipelined::stages.count == 16);
static_assert(pipelined::predicted.latency_ms < 10.0);
static_assert(too_many::problem == misfit::cores && !(too_many::predicted.latency_ms < 1e9));
static_assert(on_mine::fits && on_mine::predicted.throughput > 0);

// The same program on this processor knows nothing of cores, and both run the same kernels.
using here = program<resnet50, auto_cast<bf16>, schedule<batch<5>, replicate<4>>>;
static_assert(batched::kernel_keys == here::kernel_keys);
static_assert(batched::arena_bytes == here::arena_bytes);

TEST_CASE("the constant prediction is the one made at run time", "[core_program]") {
    const prediction again = predict(core_graph<resnet50, auto_cast<bf16>>::list, inf1_xlarge,
                                     {.batch = 5, .copies = 4});
    CHECK(again.latency_ms == batched::predicted.latency_ms);
    CHECK(again.throughput == batched::predicted.throughput);
    CHECK(again.bottleneck == batched::predicted.bottleneck);
}
