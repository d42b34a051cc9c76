// SPDX-License-Identifier: MIT
#include <random>
#include <string>
#include <vector>

#include <soma/hardware/groups.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// Hosts with round numbers: 4 cores and 8 GB of memory on each chip.
constexpr instance host_of(std::string_view name, int chips) {
    instance i;
    i.name = name;
    i.chips = chips;
    i.chip.cores = 4;
    i.chip.memory_bytes = {8e9};
    i.chip.memory_bytes_per_second = {50e9};
    i.chip.core.dma_bytes_per_second = {20e9};
    return i;
}
constexpr instance small = host_of("small", 1), row = host_of("row", 4), big = host_of("big", 16);

constexpr bool groups_are(const group_list& g, std::initializer_list<core_group> want) {
    int i = 0;
    for (const core_group& w : want) {
        if (i >= g.count || !(g[i++] == w)) {
            return false;
        }
    }
    return i == g.count && !g.problem;
}

// Given explicitly: consecutive cores, in order; what is left is not used.
static_assert(groups_are(parse_groups("2,4,3", row), {{0, 2}, {2, 4}, {6, 3}}));
static_assert(groups_are(parse_groups("16", row), {{0, 16}}));
static_assert(groups_are(parse_groups("1", small), {{0, 1}}));
// Evenly: copies x cores.
static_assert(groups_are(parse_groups("4x1", small), {{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
static_assert(groups_are(parse_groups("2x8", row), {{0, 8}, {8, 8}}));
static_assert(groups_are(even_groups(4, row), {{0, 4}, {4, 4}, {8, 4}, {12, 4}}));
static_assert(groups_are(even_groups(2, row, 3), {{0, 6}, {6, 6}}), "three of four chips");
static_assert(even_groups(64, big).count == 64 && even_groups(64, big)[63] == core_group{63, 1});

// A row of chips: cores 4 to 7 are those of chip 1.
static_assert(chips_of({2, 4}, row) == chip_span{0, 1} && chips_of({6, 3}, row) == chip_span{1, 2});
static_assert(chips_of({4, 4}, row) == chip_span{1, 1} && chips_of({0, 16}, row).count() == 4);
static_assert(cores_on_chip({2, 4}, 0, row) == 2 && cores_on_chip({2, 4}, 1, row) == 2
              && cores_on_chip({2, 4}, 2, row) == 0 && cores_on_chip({9, 1}, 0, row) == 0);

std::string said(const group_problem& problem, const instance& where) {
    return std::string(sentence(problem, where).view());
}
std::string said(std::string_view groups, const instance& where) {
    return said(parse_groups(groups, where).problem, where);
}

}  // namespace

TEST_CASE("what is no list of groups is refused with a sentence", "[hardware][groups]") {
    CHECK(said("2,4,3", row).empty());
    for (const char* bad : {"", ",", "2,", ",2", "2,,3", "a", "2;3", "4x", "x4", "4x1x1", "2,4x1",
                            "4x1,2", " 2", "2 ", "-1", "+1", "1.5", "2x-1"}) {
        INFO(bad);
        CHECK(said(bad, row)
              == "groups \"" + std::string(bad)
                     + "\": allowed are sizes like 2,4,3 or copies x cores like 4x1");
    }
}

TEST_CASE("groups that the instance has not are refused with a sentence", "[hardware][groups]") {
    CHECK(said("2,0", row) == "groups \"2,0\": a group has at least 1 core");
    CHECK(said("0x4", row) == "groups \"0x4\": a group has at least 1 core");
    CHECK(said("8,16", row) == "groups \"8,16\" need 24 cores; row has 16");
    CHECK(said("17x1", row) == "groups \"17x1\" need 17 cores; row has 16");
    CHECK(said("5", small) == "groups \"5\" need 5 cores; small has 4");
    CHECK(said("99999999999999999999999x1", row).find("row has 16") != std::string::npos);
    CHECK(parse_groups("8,16", row).count == 0);

    CHECK(said(even_groups(3, row).problem, row)
          == "3 copies do not divide 16 cores of row; allowed are 1, 2, 4, 8, 16");
    CHECK(said(even_groups(5, row, 3).problem, row)
          == "5 copies do not divide 12 cores of row; allowed are 1, 2, 3, 4, 6, 12");
    CHECK(said(even_groups(32, row).problem, row).starts_with("32 copies do not divide 16 cores"));
    constexpr instance vast = host_of("vast", 64);
    CHECK(said("129x1", vast) == "129 groups: at most 128 are told apart");
    CHECK(parse_groups("128x2", vast).count == 128);
    CHECK(said(even_groups(256, vast).problem, vast) == "256 groups: at most 128 are told apart");
    CHECK(said(even_groups(0, row).problem, row) == "0 copies: at least 1 is needed");
    CHECK(said(even_groups(2, row, 5).problem, row) == "5 chips: row has 1 to 4");
    CHECK(said(even_groups(2, row, -1).problem, row) == "-1 chips: row has 1 to 4");
}

TEST_CASE("random lists of sizes come back as they were", "[hardware][groups]") {
    std::mt19937 engine(31);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        std::vector<int> sizes;
        int sum = 0;
        for (int n = 1 + static_cast<int>(engine() % 12); n > 0; --n) {
            sizes.push_back(1 + static_cast<int>(engine() % 9));
            sum += sizes.back();
            text += (text.empty() ? "" : ",") + std::to_string(sizes.back());
        }
        INFO(text);
        const group_list got = parse_groups(text, big);
        REQUIRE((got.problem.what == group_fault::none) == (sum <= 64));
        REQUIRE((sum <= 64 || got.problem.value == sum));
        int first = 0, cores_of_chips = 0;
        for (int i = 0; i < got.count; ++i) {
            REQUIRE(got[i] == core_group{first, sizes[static_cast<std::size_t>(i)]});
            first += got[i].cores;
            const chip_span chips = chips_of(got[i], big);
            for (int chip = 0; chip < big.chips; ++chip) {
                const int here = cores_on_chip(got[i], chip, big);
                REQUIRE((here > 0) == (chip >= chips.first && chip <= chips.last));
                cores_of_chips += here;
            }
        }
        REQUIRE(cores_of_chips == first);
    }
}

TEST_CASE("models go to groups in the order of loading", "[hardware][groups]") {
    const group_list groups = parse_groups("2,4,3", row);
    const loaded_model models[] = {{.name = "a", .cores = 1}, {.name = "b", .cores = 3},
                                   {.name = "c", .cores = 2}, {.name = "d", .cores = 2},
                                   {.name = "e", .cores = 4}, {.name = "f", .cores = 1, .group = 1},
                                   {.name = "g", .cores = 1}};
    int group_of[7] = {};
    const group_load load = load_models(models, 7, groups, row, group_of);
    CHECK_FALSE(load.problem);
    // a: the first one; b: the next that is large enough; c: the next; d: all have one, the first;
    // e: only group 1; f: as it says; g: group 2 has fewest.
    const int want[] = {0, 1, 2, 0, 1, 1, 2};
    for (int m = 0; m < 7; ++m) {
        INFO(models[m].name);
        CHECK(group_of[m] == want[m]);
    }
    CHECK((load.models[0] == 2 && load.models[1] == 3 && load.models[2] == 2));
}

TEST_CASE("a model that no group can take is refused with a sentence", "[hardware][groups]") {
    const group_list groups = parse_groups("2,4,3", row);
    int group_of[1] = {};
    const auto refusal = [&](const loaded_model& model) {
        return said(load_models(&model, 1, groups, row, group_of).problem, row);
    };
    CHECK(refusal({.name = "bert", .cores = 6}) == "bert needs 6 cores; the largest group has 4");
    CHECK(refusal({.name = "bert", .cores = 4, .group = 2}) == "bert needs 4 cores; group 2 has 3");
    CHECK(refusal({.name = "bert", .group = 3}) == "bert: no group 3; there are 0 to 2");
    CHECK(refusal({.name = "bert", .cores = 4}).empty());
    const loaded_model any{.name = "any"};
    CHECK(said(load_models(&any, 1, parse_groups("99", row), row, group_of).problem, row)
          == "groups \"99\" need 99 cores; row has 16");
}

TEST_CASE("groups share the memory of their chips", "[hardware][groups]") {
    // Groups of 2 cores: two on each chip of 8e9 bytes.
    const group_list groups = even_groups(8, row);
    std::vector<loaded_model> models(8, {.name = "m", .cores = 2, .device_bytes = 4'000'000'000});
    int group_of[16] = {};
    group_load load = load_models(models.data(), 8, groups, row, group_of);
    CHECK_FALSE(load.problem);
    CHECK((load.chip_bytes[0] == 8'000'000'000 && load.chip_bytes[3] == 8'000'000'000));

    models[5].device_bytes += 2;
    load = load_models(models.data(), 8, groups, row, group_of);
    CHECK(said(load.problem, row)
          == "chip 2 of row has 8000000000 bytes of device memory; its models need 8000000002");

    // A group over two chips: bytes follow the cores.
    const loaded_model wide{.name = "w", .cores = 6, .device_bytes = 9'000'000'000};
    load = load_models(&wide, 1, parse_groups("6", row), row, group_of);
    CHECK_FALSE(load.problem);
    CHECK((load.chip_bytes[0] == 6'000'000'000 && load.chip_bytes[1] == 3'000'000'000));

    // Two models on one group: both are in device memory, or the larger of them.
    const loaded_model two[] = {{.name = "a", .cores = 4, .device_bytes = 5'000'000'000},
                                {.name = "b", .cores = 4, .device_bytes = 6'000'000'000}};
    const group_list one = parse_groups("4", small);
    CHECK(load_models(two, 2, one, small, group_of).problem.value == 11'000'000'000);
    load = load_models(two, 2, one, small, group_of, weights_home::host);
    CHECK_FALSE(load.problem);
    CHECK(load.chip_bytes[0] == 6'000'000'000);
}

TEST_CASE("a switch of models reads the weights that belong on chip", "[hardware][groups]") {
    const loaded_model model{
        .name = "m", .cores = 4, .device_bytes = 100'000'000, .cached_bytes = 20'000'000};
    const auto seconds = [&](const core_group& group, weights_home home) {
        return switch_seconds(model, group, row, home, 4e9);
    };
    const auto near = [](double a, double b) { return a > b * 0.999999 && a < b * 1.000001; };
    // All on one chip of 50e9 bytes per second; half of it on each of two; the host's link first.
    CHECK(near(seconds({0, 4}, weights_home::device), 20e6 / 50e9));
    CHECK(near(seconds({0, 4}, weights_home::host), 20e6 / 50e9 + 100e6 / 4e9));
    // Two cores on each of two chips: now each core's own path of 20e9 is the slower one.
    CHECK(near(seconds({2, 4}, weights_home::device), 5e6 / 20e9));
    CHECK(seconds({0, 4}, weights_home::device).known == provenance::inferred);
    CHECK_FALSE(seconds({0, 4}, weights_home::host).source.empty());
}
