// SPDX-License-Identifier: MIT
#include <soma/compile/choose.hpp>

#include <cstddef>
#include <random>
#include <type_traits>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/compile/target.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/reshape.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// More weights than one NeuronCore-v1 holds, and activations that leave it for large batches.
struct net : model<input<float, 64, 56, 56>,
                   layers::conv2d<"early", 64, 3, padding<1>>,
                   layers::relu,
                   layers::max_pool<2>,
                   layers::conv2d<"middle", 512, 3, padding<1>>,
                   layers::relu,
                   layers::max_pool<4>,
                   layers::conv2d<"late", 1024, 3, padding<1>>,
                   layers::global_average_pool,
                   layers::linear<"fc", 1000>> {};

/// Nothing but weights, 67 MB: cores of a chip wait for its memory, and for each other.
struct heavy : model<input<float, 4096, 1, 1>,
                     layers::flatten,
                     layers::linear<"fc1", 4096>,
                     layers::linear<"fc2", 4096>> {};

template <class Model = net>
constexpr const operation_list& operations_of = core_graph<Model, bf16>::list;
constexpr const operation_list& operations = operations_of<>;

template <class Model = net>
prediction predict_on(const instance& where, const deployment& how) {
    const operation_list& model = operations_of<Model>;
    std::vector<operation_place> places(static_cast<std::size_t>(model.size));
    const placement_summary summary =
        place(model, where.chip.core, placement_options{}, places.data());
    return predict(model, places.data(), summary, where, how);
}

/// The best by the words of the documentation alone: every batch, every pipeline and number of
/// copies that divides the cores.
template <class Model = net>
choice brute_force(const instance& where, double latency_ms) {
    const operation_list& model = operations_of<Model>;
    choice best;
    for (const int batch : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64}) {
        for (int cores = 1; cores <= where.cores(); ++cores) {
            for (int copies = 1; copies * cores <= where.cores(); ++copies) {
                if (where.cores() % cores != 0 || where.cores() % copies != 0
                    || cores > model.size) {
                    continue;
                }
                const deployment how{.batch = batch, .pipeline_cores = cores, .copies = copies};
                const prediction p = predict_on<Model>(where, how);
                if (p.fits() && p.latency_ms <= latency_ms
                    && (!best.found || p.throughput > best.expected.throughput * (1 + 1e-9))) {
                    best = {true, how, p};
                }
            }
        }
    }
    return best;
}

template <class Model, const instance& Where, auto LatencyMs>
void check_budget() {
    using plan = best_under<Model, bf16, Where, LatencyMs>;
    const choice expected = brute_force<Model>(Where, LatencyMs);
    CAPTURE(Where.name, LatencyMs, plan::how.batch, plan::how.pipeline_cores, plan::how.copies);
    REQUIRE(expected.found);
    CHECK(plan::expected.latency_ms <= LatencyMs);
    CHECK(plan::expected.throughput == Approx(expected.expected.throughput).epsilon(1e-9));
    STATIC_REQUIRE(
        std::is_same_v<typename plan::schedule_type,
                       schedule<batch<plan::how.batch>, pipeline<plan::how.pipeline_cores>,
                                replicate<plan::how.copies>>>);

    const operation_list& model = operations_of<Model>;
    std::vector<operation_place> places(static_cast<std::size_t>(model.size));
    const placement_summary summary =
        place(model, Where.chip.core, placement_options{}, places.data());
    const choice at_run_time = choose(model, places.data(), summary, Where, LatencyMs);
    CHECK(at_run_time.found);
    CHECK(at_run_time.how == plan::how);
    CHECK(at_run_time.expected.throughput == Approx(plan::expected.throughput).epsilon(1e-9));
}

/// Predictions with few different figures, so that many are equal in one or both.
std::vector<prediction> random_predictions(std::mt19937& random) {
    std::vector<prediction> all(random() % 40);
    const auto values = 1 + random() % 20;
    for (prediction& p : all) {
        p.latency_ms = static_cast<double>(random() % values);
        p.throughput = static_cast<double>(random() % values);
        p.problem = random() % 8 == 0 ? misfit::device_memory : misfit::none;
    }
    return all;
}

bool beats(const prediction& a, const prediction& b) {
    return a.fits() && a.latency_ms <= b.latency_ms && a.throughput >= b.throughput
           && (a.latency_ms < b.latency_ms || a.throughput > b.throughput);
}

constexpr prediction figures(double throughput, double price, double latency_ms, int copies) {
    prediction p;
    p.throughput = throughput;
    p.dollars_per_million = price;
    p.latency_ms = latency_ms;
    p.how.copies = copies;
    return p;
}

}  // namespace

TEST_CASE("the search of the compiler finds what brute force finds", "[compile][choose]") {
    check_budget<net, inf1_xlarge, 1000>();
    check_budget<net, inf1_xlarge, 4>();
    check_budget<net, inf1_xlarge, 1.5>();
    check_budget<net, inf1_6xlarge, 2.5>();
    // Copies on four cores of a chip take four times as long as one.
    check_budget<heavy, inf1_xlarge, 4>();
    STATIC_REQUIRE(best_under<heavy, bf16, inf1_xlarge, 4>::how.cores() < inf1_xlarge.cores());
}

TEST_CASE("a chosen schedule is one that a program takes", "[compile][choose]") {
    using plan = best_under<net, bf16, inf1_xlarge, 4>;
    using chosen = program<net, bf16, plan::schedule_type, on<inf1_xlarge>>;
    STATIC_REQUIRE(chosen::fits);
    STATIC_REQUIRE(chosen::predicted.how.batch == plan::how.batch);
    STATIC_REQUIRE(chosen::predicted.latency_ms == plan::expected.latency_ms);
    STATIC_REQUIRE(chosen::predicted.throughput == plan::expected.throughput);
}

TEST_CASE("the search of the program finds what brute force finds at any budget",
          "[compile][choose]") {
    std::vector<operation_place> places(static_cast<std::size_t>(operations.size));
    for (const instance* where : {&inf1_xlarge, &inf1_6xlarge}) {
        const placement_summary summary =
            place(operations, where->chip.core, placement_options{}, places.data());
        for (const double budget : {0.01, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 1e9}) {
            const choice expected = brute_force(*where, budget);
            const choice got = choose(operations, places.data(), summary, *where, budget);
            CAPTURE(where->name, budget);
            REQUIRE(got.found == expected.found);
            if (got.found) {
                CHECK(got.expected.latency_ms <= budget);
                CHECK(got.expected.throughput
                      == Approx(expected.expected.throughput).epsilon(1e-9));
            }
        }
    }
}

TEST_CASE("what the compiler's search leaves out cannot win", "[compile][choose]") {
    // It tries fewer copies only where more of them miss the budget, and larger batches only where
    // one copy meets it.
    for (const instance* where : {&inf1_xlarge, &inf1_6xlarge}) {
        for (const int cores : {1, 2, 4}) {
            double latency = 0;
            for (const int batch : batch_candidates) {
                double throughput = 0;
                for (int copies = 1; copies * cores <= where->cores(); copies *= 2) {
                    const prediction p = predict_on(
                        *where, {.batch = batch, .pipeline_cores = cores, .copies = copies});
                    CAPTURE(where->name, cores, batch, copies);
                    REQUIRE(p.fits());
                    CHECK(p.throughput >= throughput * (1 - 1e-9));
                    throughput = p.throughput;
                    if (copies == 1) {
                        CHECK(p.latency_ms >= latency);
                        latency = p.latency_ms;
                    }
                }
            }
        }
    }
}

TEST_CASE("a search space holds the groups that an instance divides into", "[compile][choose]") {
    std::vector<deployment> seen;
    const auto collect = [&](const search_space& space, int cores, int count) {
        seen.clear();
        for_each_deployment(space, cores, count,
                            [&](const deployment& how) { seen.push_back(how); });
        return seen;
    };
    const int one[] = {1};
    using list = std::vector<deployment>;
    CHECK(collect({.batches = one}, 4, 100)
          == list{{1, 1, 1}, {1, 1, 2}, {1, 1, 4}, {1, 2, 1}, {1, 2, 2}, {1, 4, 1}});

    // No more stages than operations.
    CHECK(collect({.batches = one}, 4, 3)
          == list{{1, 1, 1}, {1, 1, 2}, {1, 1, 4}, {1, 2, 1}, {1, 2, 2}});

    // A pipeline of 3 in groups of 4 leaves a core of each alone; 5 copies would not divide 16.
    const int three[] = {3}, batches[] = {2, 7};
    CHECK(collect({.batches = batches, .pipeline_cores = three, .static_weights = true}, 16, 100)
          == list{{2, 3, 1, 0, true},
                  {2, 3, 2, 0, true},
                  {2, 3, 4, 0, true},
                  {7, 3, 1, 0, true},
                  {7, 3, 2, 0, true},
                  {7, 3, 4, 0, true}});
    CHECK(collect({.batches = one, .copies = 2}, 4, 100) == list{{1, 1, 2}, {1, 2, 2}});

    // Nothing fits: no endless loop, no deployment.
    const int impossible[] = {17, 0, -1};
    CHECK(collect({.batches = one, .pipeline_cores = impossible}, 16, 100).empty());
}

TEST_CASE("the better prediction has more throughput, then costs, waits and takes less",
          "[compile][choose]") {
    const prediction p = figures(100, 2, 5, 4);
    CHECK(is_better(figures(101, 9, 9, 9), p));
    CHECK_FALSE(is_better(p, figures(101, 9, 9, 9)));
    CHECK(is_better(figures(100, 1, 9, 9), p));
    CHECK(is_better(figures(100, 2, 4, 9), p));
    CHECK(is_better(figures(100, 2, 5, 3), p));
    CHECK_FALSE(is_better(p, p));
    // Rounding differs between compilers and must not decide.
    CHECK(is_better(figures(100 * (1 - 1e-12), 2, 5, 3), p));
    CHECK_FALSE(is_better(figures(100 * (1 + 1e-12), 2, 5, 5), p));
}

TEST_CASE("the Pareto front is what nothing beats", "[compile][choose]") {
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        const std::vector<prediction> all = random_predictions(random);
        std::vector<int> front(all.size());
        front.resize(static_cast<std::size_t>(
            pareto_front(all.data(), static_cast<int>(all.size()), front.data())));

        std::vector<bool> in_front(all.size());
        for (std::size_t k = 0; k < front.size(); ++k) {
            in_front[static_cast<std::size_t>(front[k])] = true;
            if (k > 0) {
                CHECK(all[static_cast<std::size_t>(front[k - 1])].latency_ms
                      < all[static_cast<std::size_t>(front[k])].latency_ms);
            }
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
            bool beaten = !all[i].fits();
            for (std::size_t j = 0; j < all.size(); ++j) {
                const bool same = all[j].fits() && all[j].latency_ms == all[i].latency_ms
                                  && all[j].throughput == all[i].throughput;
                beaten = beaten || beats(all[j], all[i]) || (same && j < i);
            }
            CAPTURE(round, i);
            CHECK(in_front[i] == !beaten);
        }
    }
}

TEST_CASE("the Pareto front is known at compile time", "[compile][choose]") {
    constexpr int size = [] {
        const prediction all[] = {figures(1, 0, 1, 1), figures(3, 0, 2, 1), figures(2, 0, 3, 1)};
        int front[3] = {};
        return pareto_front(all, 3, front);
    }();
    STATIC_REQUIRE(size == 2);
}
