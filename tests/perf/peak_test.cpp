// SPDX-License-Identifier: MIT
#include <soma/perf/peak.hpp>

#include <cmath>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("a peak is a positive number of operations per second", "[perf][peak]") {
    perf::peak_meter<simd::native> meter(1e-4);
    for (int i = 0; i < 3; ++i) {
        const double fp32 = meter.fp32();
        const double bf16 = meter.bf16();
        CHECK((std::isfinite(fp32) && fp32 > 0.0));
        CHECK((std::isfinite(bf16) && bf16 > 0.0));
    }
}

TEST_CASE("the loops that measure a peak do as many multiply-adds as they count", "[perf][peak]") {
    using isa = simd::native;
    volatile float sink = 0.0F;
    // Each of the lanes starts at zero and grows by x * x = 2^-40 a step; powers of two add
    // exactly.
    perf::detail::spin_multiply_add<isa>(1024, &sink);
    const auto lanes = static_cast<float>(perf::detail::peak_sums<isa> * isa::lanes);
    CHECK(sink == lanes * 0x1p-30F);

    sink = 0.0F;
    perf::detail::spin_dot2<isa>(1024, &sink);
    CHECK(sink == lanes * 0x1p-29F);
}

TEST_CASE("a read bandwidth is a positive number of bytes per second", "[perf][peak]") {
    for (const std::size_t bytes : {std::size_t{4096}, std::size_t{100000}}) {
        const double rate = perf::read_bandwidth<simd::native>(bytes, 1e-4);
        CHECK((std::isfinite(rate) && rate > 0.0));
    }
}
