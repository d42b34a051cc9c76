// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Several compiled batch sizes of one model, to be served together.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <soma/base/diagnostic.hpp>
#include <soma/compile/program_name.hpp>
#include <soma/compile/run_cost.hpp>
#include <soma/policy/schedule.hpp>
#include <soma/runtime/any_executor.hpp>
#include <soma/runtime/serving/bucket_plan.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace soma {

/// Programs that differ in nothing but their schedules, each with another number of samples, in any
/// order. They share packed weights, and results are the same bits in all of them.
template <class First, class... Others>
class buckets {
public:
    using model_type = typename First::model_type;

    static constexpr std::size_t count = 1 + sizeof...(Others);

private:
    template <int Samples>
    static constexpr int programs_of_size =
        ((First::samples == Samples ? 1 : 0) + ... + (Others::samples == Samples ? 1 : 0));

    template <class Program>
    static constexpr bool fits =
        sizeof(require<fault_if<!std::same_as<typename Program::model_type, model_type>,
                                program_of_another_model<policy<Program>,
                                                         expected_type<model_type>,
                                                         got_type<typename Program::model_type>>>>)
            + sizeof(
                require<fault_if<
                    !std::same_as<typename Program::precision_type, typename First::precision_type>,
                    bucket_of_another_precision<policy<Program>,
                                                expected_type<typename First::precision_type>,
                                                got_type<typename Program::precision_type>>>>)
            + sizeof(require<fault_if<
                         !std::same_as<typename Program::isa_type, typename First::isa_type>,
                         bucket_of_another_instruction_set<policy<Program>,
                                                           expected_type<typename First::isa_type>,
                                                           got_type<typename Program::isa_type>>>>)
            + sizeof(require<fault_if<programs_of_size<Program::samples> != 1,
                                      bucket_size_used_twice<policy<Program>,
                                                             expected<fixed_string{"once"}>,
                                                             got<Program::samples>>>>)
        > 0;
    static_assert((fits<First> && ... && fits<Others>));
    static_assert(count <= max_buckets, "buckets: at most 8 batch sizes of a model");

    struct entry {
        bucket size;
        std::string_view name;
        any_executor_of<model_type> (*make)(const weights<model_type>&);
    };
    /// A single bucket needs no price.
    template <class Program>
    static constexpr double price = [] {
        if constexpr (count > 1) {
            return nominal_run_ns<Program>;
        } else {
            return 0.0;
        }
    }();
    template <class Program>
    static constexpr entry entry_of{{Program::samples, price<Program>},
                                    program_name<Program>.view(),
                                    &make_any_executor<Program>};
    static constexpr auto entries = [] {
        std::array<entry, count> all{entry_of<First>, entry_of<Others>...};
        std::sort(all.begin(), all.end(),
                  [](const entry& a, const entry& b) { return a.size.samples < b.size.samples; });
        return all;
    }();

public:
    /// From the smallest to the largest.
    static constexpr auto sizes = [] {
        std::array<bucket, count> all;
        std::transform(entries.begin(), entries.end(), all.begin(),
                       [](const entry& e) { return e.size; });
        return all;
    }();
    /// Samples of the largest.
    static constexpr std::size_t samples = sizes.back().samples;
    /// Precision and schedule of the largest.
    [[nodiscard]] static constexpr std::string_view name() noexcept { return entries.back().name; }
    /// Cores that the widest keeps busy.
    static constexpr int cores = std::max({cores_per_run<typename First::schedule_type>,
                                           cores_per_run<typename Others::schedule_type>...});
    /// Batches that a worker takes at once, where there are as many: a pipeline works at all of
    /// them at the same time, and idles while it fills and empties, for as many batches as it has
    /// further stages. So four for each stage keep it busy for four fifths of the time or more.
    static constexpr std::size_t in_a_row =
        count == 1 && stages_of<typename First::schedule_type> > 1
            ? std::size_t{4} * static_cast<std::size_t>(stages_of<typename First::schedule_type>)
            : std::size_t{1};
    /// Bytes of packed parameters, which all of them share.
    static constexpr std::size_t packed_bytes = First::packed_bytes;

    /// What runs in which of them.
    [[nodiscard]] static constexpr bucket_plan plan() noexcept {
        return {sizes, std::span(cheapest).first(planned == 0 ? 0 : planned + 1)};
    }

    /// An executor of the `i`th by size.
    [[nodiscard]] static any_executor_of<model_type> make(std::size_t i,
                                                          const weights<model_type>& trained) {
        return entries[i].make(trained);
    }

private:
    /// Numbers of samples that there is a choice for: none with one bucket.
    static constexpr std::size_t planned = count == 1 ? 0 : samples;
    static constexpr auto cheapest = cheapest_buckets<planned>(sizes);
};

namespace detail {

template <class Program>
struct as_buckets {
    using type = buckets<Program>;
};
template <class... Programs>
struct as_buckets<buckets<Programs...>> {
    using type = buckets<Programs...>;
};

}  // namespace detail

/// A program, or several as `buckets`: what can be served. A program is a single bucket.
template <class Served>
using as_buckets_t = typename detail::as_buckets<Served>::type;

}  // namespace soma
