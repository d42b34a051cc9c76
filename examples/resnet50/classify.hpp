// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Runs the network on one image in one precision.
///
/// Each precision is instantiated in a translation unit of its own, classify_<precision>.cpp: they
/// build side by side.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <soma/model/zoo/resnet.hpp>
#include <soma/perf/clock.hpp>
#include <soma/soma.hpp>

namespace resnet50 {

using network = soma::zoo::resnet<50>;

inline constexpr std::size_t classes = network::output_shape::size;

/// What the network said and what that took.
struct verdict {
    std::vector<float> logits;
    double packing_seconds = 0;        ///< reading, folding and packing the weights
    std::vector<double> milliseconds;  ///< of each run
    std::size_t packed_bytes = 0, arena_bytes = 0;
};

/// Classifies `pixels`, `[3][224][224]`, `repeat` times.
template <class Precision>
[[nodiscard]] verdict classify(const soma::weights<network>& trained,
                               std::span<const float> pixels,
                               int repeat) {
    using clock = soma::perf::wall_clock;
    using plan = soma::program<network, Precision>;
    verdict result;
    const auto start = clock::now();
    soma::executor<plan> run{trained};
    result.packing_seconds = soma::perf::seconds_between(start, clock::now());
    result.packed_bytes = plan::packed_bytes;
    result.arena_bytes = plan::arena_bytes;
    result.logits.resize(classes);
    for (int i = 0; i < repeat; ++i) {
        const auto before = clock::now();
        static_cast<void>(run.run(pixels, result.logits));  // one image is whole samples
        result.milliseconds.push_back(soma::perf::seconds_between(before, clock::now()) * 1e3);
    }
    return result;
}

extern template verdict classify<soma::fp32>(const soma::weights<network>&,
                                             std::span<const float>,
                                             int);
extern template verdict classify<soma::fp16>(const soma::weights<network>&,
                                             std::span<const float>,
                                             int);
extern template verdict classify<soma::bf16>(const soma::weights<network>&,
                                             std::span<const float>,
                                             int);
extern template verdict classify<soma::matmul_cast<soma::fp16>>(const soma::weights<network>&,
                                                                std::span<const float>,
                                                                int);
extern template verdict classify<soma::matmul_cast<soma::bf16>>(const soma::weights<network>&,
                                                                std::span<const float>,
                                                                int);
extern template verdict classify<soma::auto_cast<soma::fp16>>(const soma::weights<network>&,
                                                              std::span<const float>,
                                                              int);
extern template verdict classify<soma::auto_cast<soma::bf16>>(const soma::weights<network>&,
                                                              std::span<const float>,
                                                              int);

/// A precision by the name that programs spell it with.
struct precision_choice {
    std::string_view name;
    verdict (*classify)(const soma::weights<network>&, std::span<const float>, int);
};

template <class... Precisions>
inline constexpr precision_choice choices_of[] = {{Precisions::name, &classify<Precisions>}...};

/// What `--precision` takes.
inline constexpr std::span<const precision_choice> precisions =
    choices_of<soma::fp32,
               soma::fp16,
               soma::bf16,
               soma::matmul_cast<soma::fp16>,
               soma::matmul_cast<soma::bf16>,
               soma::auto_cast<soma::fp16>,
               soma::auto_cast<soma::bf16>>;

}  // namespace resnet50
