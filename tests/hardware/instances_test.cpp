// SPDX-License-Identifier: MIT
#include <iterator>
#include <soma/hardware/instances.hpp>
#include <string_view>

#include "support/catch.hpp"
#include "support/figures.hpp"

using namespace soma;

namespace {

/// The vendor's tables: inf1-arch, inf2-arch, trn1-arch, trn2-arch.
struct row {
    const instance* here;
    std::string_view name;
    int chips, cores, vcpus;
    double host_gib, teraflops, memory_gib, memory_gbps;
};

constexpr row published_rows[] = {
    {&inf1_xlarge, "inf1.xlarge", 1, 4, 4, 8, 64, 8, 50},
    {&inf1_2xlarge, "inf1.2xlarge", 1, 4, 8, 16, 64, 8, 50},
    {&inf1_6xlarge, "inf1.6xlarge", 4, 16, 24, 48, 256, 32, 200},
    {&inf1_24xlarge, "inf1.24xlarge", 16, 64, 96, 192, 1024, 128, 800},
    {&inf2_xlarge, "inf2.xlarge", 1, 2, 4, 16, 190, 32, 820},
    {&inf2_8xlarge, "inf2.8xlarge", 1, 2, 32, 128, 190, 32, 820},
    {&inf2_24xlarge, "inf2.24xlarge", 6, 12, 96, 384, 1140, 192, 4920},
    {&inf2_48xlarge, "inf2.48xlarge", 12, 24, 192, 768, 2280, 384, 9840},
    {&trn1_2xlarge, "trn1.2xlarge", 1, 2, 8, 32, 190, 32, 820},
    {&trn1_32xlarge, "trn1.32xlarge", 16, 32, 128, 512, 3040, 512, 13120},
    {&trn2_48xlarge, "trn2.48xlarge", 16, 128, 192, 2048, 10700, 1536, 46400},
};

}  // namespace

TEST_CASE("instances are as the vendor's tables have them") {
    REQUIRE(std::size(instances) == std::size(published_rows));
    for (std::size_t i = 0; i < std::size(instances); ++i) {
        const row& r = published_rows[i];
        INFO(r.name);
        CHECK(instances[i] == r.here);
        CHECK(r.here->name == r.name);
        CHECK(r.here->chips == r.chips);
        CHECK(r.here->cores() == r.cores);
        CHECK(r.here->vcpus == r.vcpus);
        CHECK(r.here->host_memory_bytes == r.host_gib * units::gib);
        CHECK(r.here->chips * r.here->chip.memory_bytes == r.memory_gib * units::gib);
        CHECK(test::near(r.here->chips * r.here->chip.memory_bytes_per_second, r.memory_gbps * 1e9,
                         1e-12));
        // Exact where the core's figure is what the vendor adds up: on Inf1.
        const double tolerance = r.here->chip.name == "Inferentia" ? 1e-12 : 0.06;
        CHECK(test::near(2 * r.here->cores() * r.here->chip.core.tensor.macs_per_second(),
                         r.teraflops * 1e12, tolerance));
        CHECK(test::every_figure_has_a_source(*r.here));
        CHECK(r.here->host_flops_per_second > 0);
    }
}

TEST_CASE("prices are those that the vendor's benchmarks use, or unknown") {
    CHECK(inf1_xlarge.price_per_hour == 0.228);
    CHECK(inf1_2xlarge.price_per_hour == 0.362);
    CHECK(inf1_6xlarge.price_per_hour == 1.18);
    CHECK(inf1_24xlarge.price_per_hour == 4.721);
    for (const instance* i : instances) {
        INFO(i->name);
        CHECK((i->price_per_hour == 0) == (i->name.substr(0, 4) != "inf1"));
    }
}

TEST_CASE("an instance is found by its whole name") {
    for (const instance* i : instances) {
        CHECK(find_instance(i->name) == i);
    }
    for (const std::string_view wrong :
         {"", "inf1", "inf1.6xlarge ", "INF1.6XLARGE", "inf3.xlarge"}) {
        CHECK(find_instance(wrong) == nullptr);
    }
}

static_assert(find_instance("inf2.xlarge") == &inf2_xlarge && find_instance("p4d") == nullptr);

// An instance of a user's own.
constexpr instance bench_box = [] {
    instance box = inf1_6xlarge;
    box.name = "bench";
    box.chips = 2;
    box.chip.core.memory_bytes = {4e6};
    return box;
}();
static_assert(bench_box.cores() == 8 && bench_box.chip.core.memory_bytes.known == provenance::user);
