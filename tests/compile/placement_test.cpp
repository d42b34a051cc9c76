// SPDX-License-Identifier: MIT
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include <soma/compile/placement.hpp>
#include <soma/hardware/instances.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

operation conv(format compute, long long flops = 2) {
    operation o;
    o.kind = op::conv2d;
    o.compute = compute;
    o.flops = flops;
    return o;
}

operation simple(op kind, format stored = format::f32, long long flops = 1) {
    operation o;
    o.kind = kind;
    o.stored = stored;
    o.flops = flops;
    return o;
}

struct placed {
    std::vector<operation_place> at;
    placement_summary sum;
};

placed place_all(const std::vector<operation>& all,
                 const neuron_core& core,
                 const placement_options& options = {}) {
    placed p{std::vector<operation_place>(all.size()), {}};
    p.sum = place({all.data(), static_cast<int>(all.size())}, core, options, p.at.data());
    return p;
}

/// A core of a user's own that runs convolutions and additions in FP32 and nothing else.
constexpr neuron_core two_operators = [] {
    neuron_core core;
    core.name = "two operators";
    core.supports.formats[static_cast<int>(op::conv2d)] = all_formats;
    core.supports.formats[static_cast<int>(op::add)] = all_formats;
    core.supports.formats[static_cast<int>(op::flatten)] = all_formats;
    return core;
}();

}  // namespace

TEST_CASE("what a core supports is one subgraph between the caller's tensors") {
    const auto p = place_all(
        {simple(op::input), conv(format::bf16, 100), simple(op::max_pool), conv(format::f16, 100),
         simple(op::flatten), simple(op::softmax), simple(op::output)},
        neuron_core_v1);
    CHECK(p.sum
          == placement_summary{.core_nodes = 5,
                               .host_nodes = 0,
                               .subgraphs = 1,
                               .core_subgraphs = 1,
                               .flops_on_core = 203,
                               .flops_total = 203});
    CHECK(p.sum.placed_operators() == 1.0);
    CHECK(p.sum.placed_flops() == 1.0);
    for (std::size_t i = 0; i < p.at.size(); ++i) {
        const bool edge = i == 0 || i + 1 == p.at.size();
        CHECK(p.at[i] == operation_place{false, refusal::none, edge ? -1 : 0});
    }
}

TEST_CASE("NeuronCore-v1 multiplies no FP32: such products run on the host, with the reason") {
    const std::vector<operation> all = {simple(op::input),      conv(format::f32, 100),
                                        simple(op::max_pool),   simple(op::add),
                                        conv(format::f32, 300), simple(op::output)};
    const auto first = place_all(all, neuron_core_v1);
    CHECK(first.at[1] == operation_place{true, refusal::no_format, 0});
    CHECK(first.at[2] == operation_place{false, refusal::none, 1});
    CHECK(first.at[3] == operation_place{false, refusal::none, 1});
    CHECK(first.at[4] == operation_place{true, refusal::no_format, 2});
    CHECK(first.sum
          == placement_summary{.core_nodes = 2,
                               .host_nodes = 2,
                               .subgraphs = 3,
                               .core_subgraphs = 1,
                               .flops_on_core = 2,
                               .flops_total = 402});
    CHECK(first.sum.placed_operators() == 0.5);
    CHECK(first.sum.placed_flops() == 2.0 / 402);
    CHECK(name(refusal::no_format) == "the core does not compute it in this format");

    CHECK(place_all(all, neuron_core_v2).sum.host_nodes == 0);
}

TEST_CASE("products decide by their operands' format, other operators by their result's") {
    operation cast_matmul = conv(format::bf16);
    cast_matmul.stored = format::f32;
    CHECK(place_all({cast_matmul, simple(op::add)}, neuron_core_v1).sum.host_nodes == 0);

    operation attention = simple(op::attention);
    attention.products[0] = {.count = 12, .rows = 128, .depth = 64, .columns = 128};
    attention.stored = format::bf16;
    attention.compute = format::f32;
    const auto p = place_all({simple(op::add), simple(op::add), attention}, neuron_core_v1);
    CHECK(p.at[2].why == refusal::no_format);
}

TEST_CASE("a short run between host operators goes to the host, too") {
    const std::vector<operation> all = {simple(op::custom), conv(format::bf16), simple(op::custom),
                                        conv(format::bf16), simple(op::add),    simple(op::custom)};
    SECTION("two operators are the least by default") {
        const auto p = place_all(all, neuron_core_v1);
        CHECK(p.at[0].why == refusal::no_operator);
        CHECK(p.at[1] == operation_place{true, refusal::small_segment, 0});
        CHECK(p.at[2] == operation_place{true, refusal::no_operator, 0});
        CHECK(p.at[3] == operation_place{false, refusal::none, 1});
        CHECK(p.at[5] == operation_place{true, refusal::no_operator, 2});
        CHECK(p.sum.subgraphs == 3);
        CHECK(p.sum.core_nodes == 2);
    }
    SECTION("1 keeps every operator on the core") {
        const auto p = place_all(all, neuron_core_v1, {.min_segment = 1});
        CHECK(p.sum.core_nodes == 3);
        CHECK(p.sum.subgraphs == 5);
        CHECK(p.sum.core_subgraphs == 2);
    }
    SECTION("3 takes all") {
        const auto p = place_all(all, neuron_core_v1, {.min_segment = 3});
        CHECK(p.sum.core_nodes == 0);
        CHECK(p.sum.subgraphs == 1);
        CHECK(p.sum.core_subgraphs == 0);
        CHECK(p.sum.placed_flops() == 0.0);
    }
}

TEST_CASE("moving data makes no subgraph worth its call") {
    const auto p = place_all({simple(op::custom), conv(format::bf16), simple(op::flatten),
                              simple(op::slice), simple(op::custom)},
                             neuron_core_v1);
    CHECK(p.sum.core_nodes == 0);
    CHECK(p.at[2].why == refusal::small_segment);
    CHECK(place_all({simple(op::custom), simple(op::flatten)}, neuron_core_v1, {.min_segment = 1})
              .sum.core_nodes
          == 0);
}

TEST_CASE("a model of one operator is worth a subgraph: there is nothing to cross to") {
    const auto p =
        place_all({simple(op::input), conv(format::bf16), simple(op::output)}, neuron_core_v1);
    CHECK(p.sum.core_nodes == 1);
    CHECK(p.sum.subgraphs == 1);
}

TEST_CASE("a program can put operators on the host") {
    const std::vector<operation> all = {simple(op::input), conv(format::bf16), simple(op::add),
                                        simple(op::softmax), simple(op::output)};
    const bool host[] = {true, false, false, true, true};
    const auto p = place_all(all, neuron_core_v1, {.host = host});
    CHECK(p.at[0] == operation_place{false, refusal::none, -1});
    CHECK(p.at[3] == operation_place{true, refusal::asked_for, 1});
    CHECK(p.sum.host_nodes == 1);
    CHECK(p.sum.subgraphs == 2);
}

TEST_CASE("hardware of a user's own places by its own table") {
    const auto p =
        place_all({conv(format::f32), simple(op::add), simple(op::softmax)}, two_operators);
    CHECK(p.at[0].on_host == false);
    CHECK(p.at[2].why == refusal::no_operator);
}

TEST_CASE("random graphs: the reason of every place holds, subgraphs are maximal runs") {
    std::mt19937 random(7);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 2000; ++round) {
        std::vector<operation> all = {simple(op::input)};
        const int size = below(40);
        const int host_share = below(4);
        for (int i = 0; i < size; ++i) {
            switch (below(5 + host_share)) {
                case 0: all.push_back(simple(op::flatten, format::f32, 0)); break;
                case 1: all.push_back(simple(op::add, format::bf16, below(1000))); break;
                case 2: all.push_back(conv(format::f32, below(1000))); break;
                case 3: all.push_back(conv(format::bf16, below(1000))); break;
                case 4: all.push_back(simple(below(9) == 0 ? op::input : op::add)); break;
                default: all.push_back(simple(op::custom)); break;
            }
        }
        all.push_back(simple(op::output));
        const auto host = std::make_unique<bool[]>(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            host[i] = below(10) == 0;
        }
        const int least = below(5);
        const auto p = place_all(all, neuron_core_v1, {.min_segment = least, .host = host.get()});

        // What must be on the host whatever its neighbours are.
        const auto refused = [&](std::size_t i) {
            const operation& o = all[i];
            return o.kind != op::input && o.kind != op::output
                   && (host[i] || o.kind == op::custom
                       || (o.kind == op::conv2d && o.compute == format::f32));
        };
        bool any_refused = false;
        for (std::size_t i = 0; i < all.size(); ++i) {
            any_refused = any_refused || refused(i);
        }

        placement_summary expected;
        int last = -1;  // the operator before this one
        for (std::size_t i = 0; i < all.size(); ++i) {
            INFO("round " << round << ", node " << i);
            if (all[i].kind == op::input || all[i].kind == op::output) {
                REQUIRE(p.at[i] == operation_place{});
                continue;
            }
            // Computing operators in the stretch without refused ones around i.
            std::size_t first = i, end = i;
            while (first > 0 && !refused(first - 1)) {
                --first;
            }
            while (end < all.size() && !refused(end)) {
                ++end;
            }
            int computing = 0;
            for (std::size_t j = first; j < end; ++j) {
                computing += all[j].kind == op::conv2d || all[j].kind == op::add ? 1 : 0;
            }
            const bool small = any_refused && computing < least;
            REQUIRE(p.at[i].on_host == (refused(i) || small));
            REQUIRE(p.at[i].why
                    == (!p.at[i].on_host            ? refusal::none
                        : !refused(i)               ? refusal::small_segment
                        : host[i]                   ? refusal::asked_for
                        : all[i].kind == op::custom ? refusal::no_operator
                                                    : refusal::no_format));

            const bool starts =
                last < 0 || p.at[static_cast<std::size_t>(last)].on_host != p.at[i].on_host;
            expected.subgraphs += starts ? 1 : 0;
            expected.core_subgraphs += starts && !p.at[i].on_host ? 1 : 0;
            REQUIRE(p.at[i].subgraph == expected.subgraphs - 1);
            last = static_cast<int>(i);
            (p.at[i].on_host ? expected.host_nodes : expected.core_nodes) += 1;
            expected.flops_total += all[i].flops;
            expected.flops_on_core += p.at[i].on_host ? 0 : all[i].flops;
        }
        REQUIRE(p.sum == expected);
    }
}

// Places are known to the compiler.
static_assert([] {
    operation all[3] = {};
    all[0].kind = op::input;
    all[1].kind = op::conv2d;
    all[1].flops = 6;
    all[2].kind = op::output;
    operation_place at[3] = {};
    const placement_summary sum = place({all, 3}, neuron_core_v1, {}, at);
    return sum.host_nodes == 1 && sum.placed_flops() == 0.0 && at[1].why == refusal::no_format;
}());
static_assert(placement_summary{}.placed_operators() == 1
                  && placement_summary{}.placed_flops() == 1,
              "a model without operators is all where it should be");
