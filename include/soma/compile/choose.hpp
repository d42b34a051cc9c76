// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which batch, pipeline and number of copies to use: a search through predictions.
///
/// | name           | when            | looks at                                                  |
/// |----------------|-----------------|-----------------------------------------------------------|
/// | `best_under`   | compile time    | what can win; its result is a schedule type               |
/// | `choose`       | run time        | every deployment of a `search_space`                      |
/// | `pareto_front` | either          | which predictions no other one beats in both respects     |
///
/// There is no formula for it. Larger batches share each read of the weights, until activations
/// leave on-chip memory; longer pipelines keep more weights there, until transfers take over.

#include <concepts>
#include <cstddef>
#include <iterator>
#include <limits>
#include <span>
#include <type_traits>

#include <soma/base/diagnostic.hpp>
#include <soma/base/text.hpp>
#include <soma/compile/core_graph.hpp>
#include <soma/compile/placed.hpp>
#include <soma/compile/placement.hpp>
#include <soma/compile/predict.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/policy/schedule.hpp>

namespace soma {

/// What a search decided; `how` and `expected` mean nothing unless it `found` something.
struct choice {
    bool found = false;
    deployment how;
    prediction expected;
};

/// Batches that a search tries where nobody says: every small one, then steps of a third to a half.
inline constexpr int batch_candidates[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64};

/// What a search looks at.
struct search_space {
    std::span<const int> batches = batch_candidates;
    /// Empty: every size that divides the instance's cores.
    std::span<const int> pipeline_cores = {};
    /// 0: every number that divides the instance's cores and leaves each copy enough of them.
    int copies = 0;
    bool static_weights = false;
};

/// The largest divisor of `cores` that is at most `most`; 0 if there is none.
///
/// Copies divide an instance's cores: each gets the same NeuronCore group.
[[nodiscard]] constexpr int divisor_up_to(int cores, int most) noexcept {
    int divisor = most < cores ? most : cores;
    while (divisor > 0 && cores % divisor != 0) {
        --divisor;
    }
    return divisor < 0 ? 0 : divisor;
}

/// Calls `visit` with each deployment of `space` that has cores for its copies; fewer copies and
/// smaller batches first.
///
/// \param cores      of the instance
/// \param operations of the model: a pipeline has no more stages
template <std::invocable<const deployment&> Visit>
constexpr void for_each_deployment(const search_space& space,
                                   int cores,
                                   int operations,
                                   Visit visit) {
    const auto visit_pipeline = [&](int pipeline_cores) {
        const int most = pipeline_cores < 1 ? 0 : divisor_up_to(cores, cores / pipeline_cores);
        for (const int batch : space.batches) {
            deployment how{.batch = batch, .pipeline_cores = pipeline_cores};
            how.static_weights = space.static_weights;
            for (how.copies = 1; how.copies <= most; ++how.copies) {
                if (space.copies == 0 ? cores % how.copies == 0 : how.copies == space.copies) {
                    visit(how);
                }
            }
        }
    };
    if (!space.pipeline_cores.empty()) {
        for (const int pipeline_cores : space.pipeline_cores) {
            visit_pipeline(pipeline_cores);
        }
        return;
    }
    for (int size = 1; size <= cores && size <= operations && size <= max_stages; ++size) {
        if (cores % size == 0) {
            visit_pipeline(size);
        }
    }
}

/// True if `a` is the better of two predictions that meet the same budget: more throughput, then a
/// lower price, then a lower latency, then fewer cores.
///
/// What differs in the tenth digit is equal: compilers round differently at run time.
[[nodiscard]] constexpr bool is_better(const prediction& a, const prediction& b) noexcept {
    constexpr double tolerance = 1e-9;
    const auto less = [](double x, double y) { return x < y - y * tolerance; };
    if (less(b.throughput, a.throughput) || less(a.throughput, b.throughput)) {
        return less(b.throughput, a.throughput);
    }
    if (less(a.dollars_per_million, b.dollars_per_million)
        || less(b.dollars_per_million, a.dollars_per_million)) {
        return less(a.dollars_per_million, b.dollars_per_million);
    }
    if (less(a.latency_ms, b.latency_ms) || less(b.latency_ms, a.latency_ms)) {
        return less(a.latency_ms, b.latency_ms);
    }
    return a.how.cores() < b.how.cores();
}

/// No latency budget at all.
inline constexpr double any_latency = std::numeric_limits<double>::infinity();

/// The deployment of `space` with the highest throughput among those whose latency is at most
/// `latency_ms`, where `predict_one(deployment)` is their prediction.
template <std::invocable<const deployment&> Predict>
[[nodiscard]] constexpr choice choose(
    const search_space& space, int cores, int operations, double latency_ms, Predict predict_one) {
    choice best;
    for_each_deployment(space, cores, operations, [&](const deployment& how) {
        const prediction p = predict_one(how);
        if (p.fits() && p.latency_ms <= latency_ms
            && (!best.found || is_better(p, best.expected))) {
            best = {true, how, p};
        }
    });
    return best;
}

/// The same for a placed model on `where`.
[[nodiscard]] constexpr choice choose(const operation_list& model,
                                      const operation_place* places,
                                      const placement_summary& summary,
                                      const instance& where,
                                      double latency_ms = any_latency,
                                      const search_space& space = {},
                                      const calibration& parameters = calibrated) {
    return choose(space, where.cores(), model.size, latency_ms, [&](const deployment& how) {
        return predict(model, places, summary, where, how, parameters);
    });
}

/// Writes to `front` the numbers of those of `count` predictions that fit and that no other one
/// beats: none has both a lower latency and a higher throughput, or one of them with the other
/// equal. Returns how many; the lowest latency comes first. Of equal ones the first counts.
///
/// \pre `front` has room for `count` numbers.
constexpr int pareto_front(const prediction* all, int count, int* front) noexcept {
    int size = 0;
    for (int i = 0; i < count; ++i) {
        const prediction& p = all[i];
        if (!p.fits()) {
            continue;
        }
        // Along the front both figures rise, so its neighbour is the one that may beat `p`.
        int place = size;
        while (place > 0 && all[front[place - 1]].latency_ms > p.latency_ms) {
            --place;
        }
        if (place > 0 && all[front[place - 1]].throughput >= p.throughput) {
            continue;
        }
        if (place > 0 && all[front[place - 1]].latency_ms == p.latency_ms) {
            --place;
        }
        int beaten = place;
        while (beaten < size && all[front[beaten]].throughput <= p.throughput) {
            ++beaten;
        }
        // What `p` beats, [place, beaten), becomes `p` alone.
        if (beaten == place) {
            for (int k = size++; k > place; --k) {
                front[k] = front[k - 1];
            }
        } else {
            for (int k = beaten; k < size; ++k) {
                front[place + 1 + k - beaten] = front[k];
            }
            size -= beaten - place - 1;
        }
        front[place] = i;
    }
    return size;
}

namespace detail {

/// `Model` on `Where`, placed once for all deployments.
template <model_type Model, precision_policy Precision, const instance& Where>
struct placed_graph {
    using placement = placed<Model, Precision, schedule<>, Where>;
    static constexpr const operation_list& model = core_graph<Model, Precision>::list;

    /// Each deployment is a constant evaluation of its own: compilers limit the steps of one.
    template <deployment How>
    static constexpr prediction predicted =
        predict<placement::size>(model, placement::places, placement::summary, Where, How);
};

/// What a search has seen so far.
struct search_state {
    choice best;     ///< within the budget
    choice fastest;  ///< the lowest latency of all that fits
    bool go_on = true;

    constexpr void see(const deployment& how, const prediction& p, bool in_budget) noexcept {
        if (!p.fits()) {
            return;
        }
        if (in_budget && (!best.found || is_better(p, best.expected))) {
            best = {true, how, p};
        }
        if (!fastest.found || p.latency_ms < fastest.expected.latency_ms) {
            fastest = {true, how, p};
        }
    }
    constexpr void see(const search_state& other) noexcept {
        see(other.best.how, other.best.expected, true, other.best.found);
        see(other.fastest.how, other.fastest.expected, false, other.fastest.found);
    }

private:
    constexpr void see(const deployment& how,
                       const prediction& p,
                       bool in_budget,
                       bool any) noexcept {
        if (any) {
            see(how, p, in_budget);
        }
    }
};

/// Most copies first: cores that share a chip's memory slow each other down, but no core more than
/// it adds. So once a number of copies meets the budget, fewer of them cannot do better.
template <class Graph, const instance& Where, auto LatencyMs, deployment How>
inline constexpr search_state search_copies = [] {
    constexpr const prediction& p = Graph::template predicted<How>;
    constexpr bool meets = p.fits() && p.latency_ms <= static_cast<double>(LatencyMs);
    search_state state;
    if constexpr (!meets && How.copies > 1) {
        constexpr int fewer = divisor_up_to(Where.cores(), How.copies - 1);
        state = search_copies<
            Graph, Where, LatencyMs,
            deployment{.batch = How.batch, .pipeline_cores = How.pipeline_cores, .copies = fewer}>;
    }
    state.see(How, p, meets);
    state.go_on = meets || state.go_on;
    if constexpr (!meets && How.copies == 1) {
        state.go_on = false;
    }
    return state;
}();

/// Batches from number `I` on. More samples take no less memory and no less time: where one copy
/// alone misses the budget, larger batches miss it as well.
template <class Graph, const instance& Where, auto LatencyMs, int Cores, int I = 0>
inline constexpr search_state search_batches = [] {
    constexpr const search_state& here =
        search_copies<Graph, Where, LatencyMs,
                      deployment{.batch = batch_candidates[I],
                                 .pipeline_cores = Cores,
                                 .copies = divisor_up_to(Where.cores(), Where.cores() / Cores)}>;
    search_state state = here;
    if constexpr (here.go_on && I + 1 < static_cast<int>(std::size(batch_candidates))) {
        state.see(search_batches<Graph, Where, LatencyMs, Cores, I + 1>);
    }
    return state;
}();

/// Pipelines of `Cores` and more.
template <class Graph, const instance& Where, auto LatencyMs, int Cores = 1>
inline constexpr search_state search_pipelines = [] {
    constexpr int most = Graph::model.size < max_stages ? Graph::model.size : max_stages;
    search_state state = search_batches<Graph, Where, LatencyMs, Cores>;
    constexpr int next = [] {
        int size = Cores + 1;
        while (size < Where.cores() && Where.cores() % size != 0) {
            ++size;
        }
        return size;
    }();
    if constexpr (next <= Where.cores() && next <= most) {
        state.see(search_pipelines<Graph, Where, LatencyMs, next>);
    }
    return state;
}();

/// A phrase of a compile error; clang cuts off what is longer than 32 characters.
using phrase = text<64>;

/// `value` with the decimals it needs, three at most.
constexpr phrase& append_milliseconds(phrase& to, double value) noexcept {
    const bool negative = value < 0;
    const double thousandths = (negative ? -value : value) * 1e3;
    auto whole = static_cast<long long>(thousandths);
    whole += thousandths - static_cast<double>(whole) < 0.5 ? 0 : 1;
    int decimals = 3;
    for (; decimals > 0 && whole % 10 == 0; --decimals) {
        whole /= 10;
    }
    const long long scale = decimals == 3 ? 1000 : decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    to.append(negative ? "-" : "").append(whole / scale);
    for (long long place = scale / 10; place > 0; place /= 10) {
        to.append(place == scale / 10 ? "." : "").append(whole / place % 10);
    }
    return to.append(" ms");
}

template <auto LatencyMs>
inline constexpr phrase budget_wanted = [] {
    phrase to("at most ");
    return append_milliseconds(to, static_cast<double>(LatencyMs));
}();

template <const instance& Where>
inline constexpr phrase budget_place = phrase("on ").append(Where.name);

template <const search_state& Seen>
inline constexpr phrase budget_reached = [] {
    phrase to;
    return Seen.fastest.found
               ? append_milliseconds(to, Seen.fastest.expected.latency_ms).append(" at best")
               : to.append("no configuration that fits");
}();

template <const search_state& Seen>
inline constexpr phrase budget_reached_by = [] {
    phrase to("batch ");
    to.append(Seen.fastest.how.batch).append(", ");
    to.append(Seen.fastest.how.pipeline_cores);
    to.append(Seen.fastest.how.pipeline_cores == 1 ? " core, " : " cores, ");
    to.append(Seen.fastest.how.copies);
    return to.append(Seen.fastest.how.copies == 1 ? " copy" : " copies");
}();

template <const phrase& Words>
inline constexpr auto spelled = exactly<Words.size>(Words.view());

template <class Model, const instance& Where, auto LatencyMs, const search_state& Seen>
struct require_budget
    : require<
          fault_if<!Seen.best.found,
                   latency_budget_cannot_be_met<
                       Model,
                       expected<spelled<budget_wanted<LatencyMs>>, spelled<budget_place<Where>>>,
                       got<spelled<budget_reached<Seen>>, spelled<budget_reached_by<Seen>>>>>> {};

}  // namespace detail

/// The schedule of `Model` under `Precision` with the highest throughput on `Where` among those
/// whose predicted latency is at most `LatencyMs` milliseconds. Does not compile where there is
/// none.
///
///     using plan = best_under<zoo::resnet<50>, bf16, inf1_6xlarge, 10>;
///     using fast = program<zoo::resnet<50>, bf16, plan::schedule_type, on<inf1_6xlarge>>;
///     static_assert(plan::expected.throughput > 4000);
///
/// Pipelines and copies divide the instance's cores; batches are the `batch_candidates`.
template <model_type Model, precision_policy Precision, const instance& Where, auto LatencyMs>
    requires std::is_arithmetic_v<decltype(LatencyMs)>
struct best_under {
private:
    static constexpr detail::search_state seen =
        detail::search_pipelines<detail::placed_graph<Model, Precision, Where>, Where, LatencyMs>;
    static_assert(sizeof(detail::require_budget<Model, Where, LatencyMs, seen>) > 0);
    static constexpr choice chosen = seen.best.found ? seen.best : seen.fastest;

public:
    static constexpr deployment how = chosen.how;
    static constexpr const prediction& expected = chosen.expected;
    using schedule_type =
        schedule<batch<how.batch>, pipeline<how.pipeline_cores>, replicate<how.copies>>;
};

}  // namespace soma
