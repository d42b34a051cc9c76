// SPDX-License-Identifier: MIT
#include <sstream>
#include <string>
#include <vector>

#include <soma/perf/describe.hpp>
#include <soma/soma.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

struct net : model<input<float, 4, 6, 6>,
                   layers::scope<
                       "block",
                       layers::residual<layers::sequential<layers::conv2d<"conv", 4, 3, padding<1>>,
                                                           layers::batch_norm<"bn">>>,
                       layers::relu>,
                   layers::max_pool<2>,
                   layers::flatten,
                   layers::linear<"fc", 3>> {};

using plan = program<net, matmul_cast<bf16>, batch<2>>;

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool holds(const std::string& line, const std::string& text) {
    return line.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("describe writes a line per node between a heading and the totals", "[perf][describe]") {
    std::ostringstream out;
    perf::describe<plan>(out);
    const auto lines = lines_of(out.str());

    REQUIRE(lines.size() == static_cast<std::size_t>(plan::size) + 4);
    CHECK(holds(lines.front(), "matmul_cast<bf16>, batch 2, copies 1"));
    CHECK(holds(lines.back(), std::to_string(plan::arena_bytes)));
    CHECK(holds(lines.back(), std::to_string(plan::packed_bytes)));
}

TEST_CASE("describe names the algorithm where it is not the direct one", "[perf][describe]") {
    struct image : model<input<float, 32, 28, 28>, layers::conv2d<"conv", 32, 3, padding<1>>> {};
    std::ostringstream filtered, direct;
    perf::describe<program<image, winograd<fp32>>>(filtered);
    perf::describe<program<image>>(direct);
    CHECK(holds(filtered.str(), "winograd<fp32>, batch 1"));
    CHECK(holds(filtered.str(), "conv2d 3x3 winograd 4x4"));
    CHECK(!holds(direct.str(), "winograd"));
}

TEST_CASE("describe names what was fused, tiles, formats and shapes", "[perf][describe]") {
    std::ostringstream out;
    perf::describe<plan>(out);
    std::string conv, pool, linear;
    for (const std::string& line : lines_of(out.str())) {
        conv = holds(line, "conv2d") ? line : conv;
        pool = holds(line, "max_pool 2x2/2") ? line : pool;
        linear = holds(line, "linear 3x3") ? line : linear;
    }
    CHECK(holds(conv, "block.conv"));
    CHECK(holds(conv, "conv2d 3x3 + bn + add + relu"));
    CHECK(holds(conv, "bf16>fp32"));
    CHECK(holds(conv, "4x6x6"));
    CHECK(holds(pool, "fp32>bf16"));
    CHECK(holds(linear, "fc"));
}

TEST_CASE("describe says how nodes are cut where several cores share them", "[perf][describe]") {
    std::ostringstream alone, shared;
    perf::describe<plan>(alone);
    perf::describe<program<net, matmul_cast<bf16>, schedule<batch<2>, tensor_parallel<2, 1>>>>(
        shared);
    CHECK_FALSE(holds(alone.str(), "cores"));
    CHECK_FALSE(holds(alone.str(), "rows"));
    const auto lines = lines_of(shared.str());
    CHECK(holds(lines.front(), "copies 1, cores 2"));
    CHECK(holds(lines[1], "cut"));
    std::string conv;
    for (const std::string& line : lines) {
        conv = holds(line, "conv2d") ? line : conv;
    }
    CHECK(holds(conv, "rows/"));
}

TEST_CASE("describe says how many heads and rows there are", "[perf][describe]") {
    struct words
        : model<tokens<6>, layers::embedding<"words", 50, 8>,
                layers::scope<
                    "self", layers::parallel<layers::identity, layers::identity, layers::identity>,
                    layers::attention<4>>> {};
    std::ostringstream out;
    perf::describe<program<words, bf16>>(out);
    CHECK(holds(out.str(), "embedding of 50 rows"));
    CHECK(holds(out.str(), "attention of 4 heads"));
    CHECK(holds(out.str(), "fp32>bf16"));  // token numbers are never rounded
}
