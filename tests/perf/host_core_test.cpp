// SPDX-License-Identifier: MIT
#include <soma/perf/host_core.hpp>

#include <soma/layers/activation.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/model.hpp>

#include "support/catch.hpp"
#include "support/figures.hpp"

using namespace soma;
using perf::host_figures;
using test::near;

namespace {

constexpr double mib = 1 << 20;

/// Two cores of 4e9 vectors per second, 1 MiB of cache each, 64 bytes per vector of weights.
constexpr host_figures figures{.cores = 2,
                               .lanes = 16,
                               .cache_bytes = mib,
                               .memory_bytes = 8e9,
                               .bf16_flops = 256e9,
                               .fp32_flops = 128e9,
                               .bf16_efficiency = 0.8,
                               .fp32_efficiency = 0.8,
                               .cached_bytes_per_second = 100e9,
                               .behind_bytes_per_second = 50e9,
                               .shared_bytes_per_second = 60e9,
                               .weight_efficiency = 0.9,
                               .sigmoids_per_second = 1e9,
                               .handover_seconds = 1e-6,
                               .spinning_wake_seconds = 5e-6,
                               .sleeping_wake_seconds = 50e-6};

struct one_linear : model<input<float, 448, 1, 1>, layers::linear<"fc", 448>> {};
struct one_conv : model<input<float, 64, 32, 32>, layers::conv2d<"c", 64, 3, padding<1>>> {};
struct stack : model<input<float, 448, 1, 1>,
                     layers::linear<"a", 448>,
                     layers::relu,
                     layers::linear<"b", 448>,
                     layers::relu,
                     layers::linear<"c", 448>> {};
struct curved : model<input<float, 64, 32, 32>, layers::sigmoid, layers::softmax> {};

constexpr double weights = 448 * 448 * 2;  ///< bytes of a layer of `stack` in BF16

template <class Model, class Precision = bf16>
constexpr prediction one_core = perf::predict_on_host<Model, Precision>(figures, {});

constexpr double read(double bytes, double bytes_per_second) {
    return bytes / (bytes_per_second * figures.weight_efficiency);
}

}  // namespace

TEST_CASE("a core's figures are marked as calibrated", "[perf][host_core]") {
    static_assert(test::every_figure_has_a_source(perf::host_core(figures)));
    constexpr instance host = perf::host_instance(figures);
    static_assert(host.cores() == 2);
    static_assert(host.chip.core.memory_bytes.known == provenance::calibrated);
    static_assert(host.chip.core.tensor.macs_per_second() * 2 == figures.bf16_flops);
    static_assert(host.chip.core.tensor.fp32_passes == 2.0);
    static_assert(host.price_per_hour == 0.0);
}

TEST_CASE("a product with one column reads its weights, cached", "[perf][host_core]") {
    constexpr prediction p = one_core<one_linear>;
    static_assert(p.fits() && p.weights == weight_state::cached && p.host_nodes == 0);
    CHECK(near(1e-3 * p.unloaded_ms, read(weights, 100e9), 0.02));
    // Twice the bytes and half the operations a second.
    CHECK(near(one_core<one_linear, fp32>.unloaded_ms, 2 * p.unloaded_ms, 0.02));
}

TEST_CASE("a product with many columns computes", "[perf][host_core]") {
    const double flops = 2.0 * 9 * 64 * 64 * 32 * 32;
    CHECK(near(1e-3 * one_core<one_conv>.unloaded_ms, flops / (256e9 * 0.8), 0.03));
    CHECK(near(1e-3 * one_core<one_conv, fp32>.unloaded_ms, flops / (128e9 * 0.8), 0.03));
}

TEST_CASE("what the cache does not hold comes from behind it", "[perf][host_core]") {
    constexpr prediction p = one_core<stack>;
    static_assert(p.weights == weight_state::streamed);
    // Sixteenths of the cache are for what is on its way.
    const double kept = mib * 15 / 16;
    CHECK(near(1e-3 * p.unloaded_ms, read(kept, 100e9) + read(3 * weights - kept, 50e9), 0.02));
    CHECK(near(p.throughput, 1e3 / p.unloaded_ms, 1e-9));
}

TEST_CASE("two cores keep what one does not", "[perf][host_core]") {
    stage_list stages;
    const prediction p =
        perf::predict_on_host<stack, bf16>(figures, {.pipeline_cores = 2}, &stages);
    CHECK(p.weights == weight_state::cached);
    REQUIRE(stages.count == 2);
    const double slower =
        stages.at[0].seconds > stages.at[1].seconds ? stages.at[0].seconds : stages.at[1].seconds;
    CHECK(near(slower, read(2 * weights, 100e9), 0.02));
    CHECK(near(p.throughput, 1 / (slower + 1e-6), 1e-9));
    // Two stages and the two slots between them.
    CHECK(near(1e-3 * p.latency_ms * p.throughput, 4, 1e-9));
    // Two hand-overs, and both stages.
    CHECK(near(1e-3 * p.unloaded_ms, 2e-6 + read(3 * weights, 100e9), 0.03));
}

TEST_CASE("copies share what lies behind the caches", "[perf][host_core]") {
    const prediction p = perf::predict_on_host<stack, bf16>(figures, {.copies = 2});
    // 30e9 bytes per second for each core, not 50e9.
    const double kept = mib * 15 / 16;
    const double each = read(kept, 100e9) + read(3 * weights - kept, 30e9);
    CHECK(near(p.throughput, 2 / each, 0.02));
    CHECK(perf::predict_on_host<stack, bf16>(figures, {.copies = 3}).problem == misfit::cores);
}

TEST_CASE("functions take the time of a sigmoid", "[perf][host_core]") {
    const double elements = 2.0 * 64 * 32 * 32;  // of the sigmoid and of the softmax
    CHECK(1e-3 * one_core<curved>.unloaded_ms >= elements / 1e9);
    CHECK(near(1e-3 * one_core<curved>.unloaded_ms, elements / 1e9, 0.1));
}

TEST_CASE("a batch alone waits for those who sleep", "[perf][host_core]") {
    stage_list stages;
    const prediction p =
        perf::predict_on_host<stack, bf16>(figures, {.pipeline_cores = 2}, &stages);
    const double unloaded = 1e-3 * p.unloaded_ms, first = stages.at[0].seconds;
    CHECK(near(perf::alone_seconds(figures, p, stages, 2 * first), unloaded + 5e-6, 1e-9));
    CHECK(near(perf::alone_seconds(figures, p, stages, first / 2), unloaded + 50e-6, 1e-9));
    const prediction one = perf::predict_on_host<stack, bf16>(figures, {}, &stages);
    CHECK(near(perf::alone_seconds(figures, one, stages, 0), 1e-3 * one.unloaded_ms, 1e-9));
}
