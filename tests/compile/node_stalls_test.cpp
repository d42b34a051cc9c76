// SPDX-License-Identifier: MIT
#include <soma/compile/node_stalls.hpp>

#include <cstddef>
#include <vector>

#include <soma/compile/core_graph.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr const operation_list& resnet50 = core_graph<zoo::resnet<50>, bf16>::list;

struct attributed {
    stage_list stages;
    std::vector<node_stall> nodes;
};

attributed attribute(const operation_list& graph,
                     const std::vector<operation_place>& places,
                     const placement_summary& summary,
                     const instance& where,
                     const deployment& how) {
    attributed result;
    const prediction p =
        predict(graph, places.data(), summary, where, how, calibrated, &result.stages);
    REQUIRE(p.fits());
    result.nodes.resize(static_cast<std::size_t>(graph.size));
    attribute_stalls(graph, places.data(), where, how, result.stages, result.nodes.data());
    return result;
}

}  // namespace

TEST_CASE("the nodes of a stage add up to what the stage waits for", "[compile][node_stalls]") {
    std::vector<operation_place> places(static_cast<std::size_t>(resnet50.size));
    for (const instance* where : {&inf1_6xlarge, &inf2_xlarge}) {
        const placement_summary summary =
            place(resnet50, where->chip.core, placement_options{}, places.data());
        for (const deployment how :
             {deployment{.batch = 1, .copies = where->cores()}, deployment{.batch = 8, .copies = 2},
              deployment{.batch = 2, .pipeline_cores = where->cores()}}) {
            const attributed a = attribute(resnet50, places, summary, *where, how);
            for (int s = 0; s < a.stages.count; ++s) {
                const stage_prediction& stage = a.stages.at[s];
                double seconds = 0, stalled[stall_count] = {};
                for (const node_stall& n : a.nodes) {
                    for (int k = 0; k < stall_count && n.stage == s; ++k) {
                        stalled[k] += n.stalled[k];
                        seconds += n.stalled[k];
                    }
                }
                CAPTURE(where->name, how.batch, how.pipeline_cores, s);
                CHECK(seconds == Approx(stage.seconds).epsilon(1e-9));
                for (int k = 0; k < stall_count; ++k) {
                    CAPTURE(k);
                    CHECK(stalled[k] == Approx(stage.stalled[k]).epsilon(1e-6).margin(1e-12));
                }
            }
        }
    }
}

TEST_CASE("a node on the host waits for the host", "[compile][node_stalls]") {
    std::vector<operation_place> places(static_cast<std::size_t>(resnet50.size));
    placement_summary summary =
        place(resnet50, inf1_xlarge.chip.core, placement_options{}, places.data());
    // Moves the last node before the output by hand.
    const auto moved = places.size() - 2;
    places[moved].on_host = true;
    ++summary.host_nodes;
    --summary.core_nodes;
    const deployment how{.batch = 3};
    const attributed a = attribute(resnet50, places, summary, inf1_xlarge, how);
    const double expected = 3 * static_cast<double>(resnet50[static_cast<int>(moved)].flops)
                            / inf1_xlarge.host_flops_per_second;
    CHECK(a.nodes[moved].stage == -1);
    CHECK(a.nodes[moved].cause() == stall::host);
    CHECK(a.nodes[moved].seconds == Approx(expected));
}

TEST_CASE("a node's cause is what it spends most on", "[compile][node_stalls]") {
    STATIC_REQUIRE(node_stall{}.cause() == stall::compute);
    STATIC_REQUIRE(node_stall{.stalled = {1, 2, 3, 2, 1, 0}}.cause() == stall::weights);
}
