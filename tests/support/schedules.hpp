// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One model, one precision, every schedule: the results must be the same bits.

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

namespace soma::test {

/// The i-th part of `of`, for parts of `size` elements.
template <class Range>
[[nodiscard]] auto part(Range& of, std::size_t size, std::size_t i) {
    return std::span(of).subspan(i * size, size);
}

/// `count` samples through `Program` - at once, in slices of every size, in another order, as
/// tensors - against `want`, one sample after the other.
template <class Program>
void same_bits(const std::vector<float>& in, const std::vector<float>& want) {
    using model = typename Program::model_type;
    executor<Program> run{weights<model>(random_parameters<model>(17))};
    constexpr std::size_t takes = executor<Program>::sample_inputs;
    constexpr std::size_t makes = executor<Program>::sample_outputs;
    const std::size_t count = in.size() / takes;
    INFO("batch " << Program::batch_size << ", copies " << Program::copies);

    for (std::size_t users = 1; users <= count; ++users) {
        std::vector<float> out(users * makes, -77.0F);
        REQUIRE(run.run(std::span(in).first(users * takes), out) == run_status::done);
        REQUIRE(differing(out,
                          {want.begin(), want.begin() + static_cast<std::ptrdiff_t>(users * makes)})
                == 0);
    }

    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {
        order[i] = i;
    }
    std::shuffle(order.begin(), order.end(), std::mt19937(5));
    std::vector<float> shuffled, shuffled_want;
    for (const std::size_t i : order) {
        const auto sample = part(in, takes, i);
        const auto result = part(want, makes, i);
        shuffled.insert(shuffled.end(), sample.begin(), sample.end());
        shuffled_want.insert(shuffled_want.end(), result.begin(), result.end());
    }
    std::vector<float> out(count * makes);
    REQUIRE(run.run(shuffled, out) == run_status::done);
    REQUIRE(differing(out, shuffled_want) == 0);

    using shapes = executor<Program>;
    constexpr auto samples = static_cast<std::size_t>(Program::samples);
    std::vector<float> exact_in, exact_want;
    for (std::size_t i = 0; i < samples; ++i) {
        const auto sample = part(in, takes, i % count);
        const auto result = part(want, makes, i % count);
        exact_in.insert(exact_in.end(), sample.begin(), sample.end());
        exact_want.insert(exact_want.end(), result.begin(), result.end());
    }
    std::vector<float> exact_out(samples * makes);
    run.run(tensor_view<const float, typename shapes::input_shape>(exact_in.data()),
            tensor_view<float, typename shapes::output_shape>(exact_out.data()));
    REQUIRE(differing(exact_out, exact_want) == 0);
}

template <precision_policy Precision>
void same_bits_in_every_schedule() {
    const std::vector<float> in = inputs<small_net>(19);
    const auto want = results<program<small_net, Precision>>(in);
    REQUIRE(want.size() == 19 * 9);
    [&]<int... Less>(std::integer_sequence<int, Less...>) {
        (same_bits<program<small_net, Precision, batch<Less + 1>>>(in, want), ...);
        (same_bits<program<small_net, Precision, schedule<replicate<2>, batch<Less + 1>>>>(in,
                                                                                           want),
         ...);
    }(std::make_integer_sequence<int, 9>{});
    same_bits<program<small_net, Precision, schedule<batch<2>, replicate<3>>>>(in, want);
}

}  // namespace soma::test
