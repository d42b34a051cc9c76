// SPDX-License-Identifier: MIT
//
// That figures are measured at all; how good they are is for benchmarks to say.
#include <soma/perf/measure_host.hpp>

#include <cmath>

#include <soma/runtime/threads/cores.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("this host can be measured and predicted", "[perf][measure_host]") {
    const std::vector<int> before = allowed_cores();
    const perf::host_figures f = perf::measure_host({.cache_bytes = std::size_t{1} << 18,
                                                     .behind_bytes = std::size_t{1} << 20,
                                                     .seconds = 1e-4,
                                                     .repetitions = 1});
    CHECK(f.cores == available_cores());
    CHECK(f.lanes == simd::native::lanes);
    CHECK(f.cache_bytes == 0x1p18);
    for (const double rate :
         {f.memory_bytes, f.bf16_flops, f.fp32_flops, f.bf16_efficiency, f.fp32_efficiency,
          f.cached_bytes_per_second, f.behind_bytes_per_second, f.shared_bytes_per_second,
          f.weight_efficiency, f.sigmoids_per_second}) {
        CHECK((std::isfinite(rate) && rate > 0.0));
    }
    CHECK((f.handover_seconds > 0.0) == (f.cores > 1));
    CHECK((f.sleeping_wake_seconds > 0.0) == (f.cores > 1));
    CHECK((f.spinning_wake_seconds > 0.0) == (f.cores > 1));
    CHECK(allowed_cores() == before);  // the caller's thread stays where it was

    const prediction p = perf::predict_on_host<perf::detail::convolution_probe, bf16>(f, {});
    CHECK(p.fits());
    CHECK((std::isfinite(p.throughput) && p.throughput > 0.0));
}

TEST_CASE("work that is measured runs until its time is over", "[perf][measure_host]") {
    int calls = 0;
    volatile double x = 1;
    const double each = perf::detail::seconds_of_one(1e-4, [&] {
        ++calls;
        for (int i = 0; i < 1000; ++i) {
            x = x * 1.0000001;
        }
    });
    CHECK(calls >= 2);
    CHECK(each > 0);
    CHECK(each * (calls - 1) >= 1e-4);
}
