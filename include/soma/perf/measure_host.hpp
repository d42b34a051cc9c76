// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Measures the figures of `perf/host_core.hpp` on this machine, in a few seconds.
///
/// Rates are thread CPU time, of threads that keep to one processor each: a neighbour that takes
/// the processor meanwhile is not counted. What passes between threads is wall time. Neighbours
/// only make things slower, by what they leave in the caches too, so each figure is that of the
/// best tenth of its repetitions: what the machine does when it is quiet.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#if defined(__unix__)
#include <unistd.h>
#endif

#include <soma/compile/program.hpp>
#include <soma/kernels/activation.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/model.hpp>
#include <soma/model/sequential.hpp>
#include <soma/perf/cache_size.hpp>
#include <soma/perf/clock.hpp>
#include <soma/perf/host_core.hpp>
#include <soma/perf/peak.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/runtime/pipeline/pipeline_team.hpp>
#include <soma/runtime/threads/affinity.hpp>
#include <soma/runtime/threads/cores.hpp>
#include <soma/runtime/weights/weights.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma::perf {

/// What to measure.
struct host_options {
    /// Of a second-level cache; 0: what the system says.
    std::size_t cache_bytes = 0;
    /// Read again and again to see how fast weights come from behind the second level: as many as
    /// the weights of interest, so that they come from where those do. 0: four times the cache.
    std::size_t behind_bytes = 0;
    double seconds = 0.02;  ///< of each single measurement
    int repetitions = 9;    ///< of which the best tenth counts
};

namespace detail {

/// Convolutions whose weights and activations fit every second-level cache: arithmetic alone.
struct convolution_probe
    : model<input<float, 64, 14, 14>,
            layers::scope<"probe", layers::repeat<4, layers::conv2d<"conv", 64, 3, padding<1>>>>> {
};
/// Products with one column whose weights, 384 KiB in BF16, do not fit a first-level cache and fit
/// a second-level one.
struct product_probe
    : model<input<float, 256, 1, 1>,
            layers::scope<"probe", layers::repeat<3, layers::linear<"linear", 256>>>> {};

/// What `f` returns on a thread that keeps to `processor` as far as the system lets it.
template <class F>
[[nodiscard]] auto on_processor(int processor, F f) {
    return std::async(std::launch::async, [processor, f = std::move(f)] {
        static_cast<void>(keep_thread_to(std::span(&processor, 1)));
        return f();
    });
}

/// What `f` returns, called so many times: a percentile of that.
template <class F>
[[nodiscard]] double percentile_of(double percent, int repetitions, F f) {
    std::vector<double> all;
    for (int i = 0; i < std::max(1, repetitions); ++i) {
        all.push_back(f());
    }
    return percentile(all, percent);
}

/// The best of a number of seconds, and of a number of rates.
template <class F>
[[nodiscard]] double best_seconds(int repetitions, F f) {
    return percentile_of(10, repetitions, f);
}
template <class F>
[[nodiscard]] double best_rate(int repetitions, F f) {
    return percentile_of(90, repetitions, f);
}

/// CPU seconds of one `work()`, which is called for about `seconds`.
template <class Work>
[[nodiscard]] double seconds_of_one(double seconds, Work work) {
    work();
    std::int64_t calls = 0;
    double total = 0;
    for (std::int64_t round = 1; total < seconds; round *= 2) {
        total += seconds_of([&] {
            for (std::int64_t i = 0; i < round; ++i) {
                work();
            }
        });
        calls += round;
    }
    return total / static_cast<double>(calls);
}

/// CPU seconds of one sample of `Model` on this thread.
template <class Model, class Precision>
[[nodiscard]] double seconds_of_sample(const host_options& options) {
    using probe = program<Model, Precision>;
    executor<probe> run(weights<Model>(synthetic_parameters<Model>(1)));
    std::vector<float> in(executor<probe>::sample_inputs);
    std::vector<float> out(executor<probe>::sample_outputs);
    synthetic_images(in, 1);
    return best_seconds(options.repetitions, [&] {
        return seconds_of_one(options.seconds, [&] { static_cast<void>(run.run(in, out)); });
    });
}

/// Stages that only take their time.
struct idle_stages {
    double seconds = 0;  ///< that each is busy with a batch

    void prepare(int, int) noexcept {}
    void receive(int, int, int) noexcept {}
    void compute(int, int, std::uint64_t) const noexcept {
        const auto start = wall_clock::now();
        while (seconds > 0 && seconds_between(start, wall_clock::now()) < seconds) {
        }
    }
    void send(int, int, int) noexcept {}
};

/// What a batch costs a pipeline of two stages beside their work: in a long run, and alone.
inline void measure_handover(const host_options& options, host_figures& f) {
    constexpr int stages = 2;
    constexpr std::uint64_t many = 20'000;
    idle_stages work;
    pipeline_team<idle_stages> team(work, 1, stages);
    const auto run = [&](std::uint64_t batches) {
        return seconds_of<wall_clock>([&] { team.run(batches); });
    };
    f.handover_seconds = best_seconds(3 * options.repetitions, [&] { return run(many); }) / many;
    const auto wake = [&](double busy) {
        work.seconds = busy;
        return best_seconds(30 * options.repetitions, [&] { return run(1) - stages * busy; });
    };
    const std::chrono::duration<double> spin = stage_spin_time;
    f.spinning_wake_seconds = wake(0.5 * spin.count());
    f.sleeping_wake_seconds = wake(25 * spin.count());
}

[[nodiscard]] inline double memory_bytes() noexcept {
#if defined(__unix__) && defined(_SC_PHYS_PAGES)
    return static_cast<double>(::sysconf(_SC_PHYS_PAGES))
           * static_cast<double>(::sysconf(_SC_PAGESIZE));
#else
    return 0;
#endif
}

}  // namespace detail

/// Measures this machine. Throws `std::invalid_argument` where the size of the second-level cache
/// is neither given nor known to the system, and `std::system_error` where no thread starts.
///
/// It knows the cores that this process may use when it starts, and leaves their settings alone.
[[nodiscard]] inline host_figures measure_host(host_options options = {}) {
    using isa = simd::native;
    std::vector<int> processors = allowed_cores();
    const int first = processors.empty() ? 0 : processors.front();
    host_figures f;
    f.cores = available_cores();
    f.lanes = isa::lanes;
    options.cache_bytes = options.cache_bytes > 0 ? options.cache_bytes : cache_bytes(2, first);
    if (options.cache_bytes == 0) {
        throw std::invalid_argument(
            "measure_host: expected the size of the second-level cache in host_options, got 0, "
            "and the system does not say it");
    }
    const std::size_t behind =
        options.behind_bytes > 0 ? options.behind_bytes : 4 * options.cache_bytes;
    f.cache_bytes = static_cast<double>(options.cache_bytes);
    f.memory_bytes = detail::memory_bytes();

    const auto read = [&](std::size_t bytes) {
        return detail::best_rate(options.repetitions,
                                 [&] { return read_bandwidth<isa>(bytes, options.seconds); });
    };
    detail::on_processor(first, [&] {
        peak_meter<isa> meter;
        f.bf16_flops = detail::best_rate(options.repetitions, [&] { return meter.bf16(); });
        f.fp32_flops = detail::best_rate(options.repetitions, [&] { return meter.fp32(); });
        // As full as a stage makes it; a cache is never quite what its size says.
        f.cached_bytes_per_second = read(options.cache_bytes / 4 * 3);
        f.behind_bytes_per_second = read(behind);

        using detail::convolution_probe, detail::product_probe;
        constexpr auto flops = static_cast<double>(program<convolution_probe>::work.flops());
        f.bf16_efficiency =
            flops / detail::seconds_of_sample<convolution_probe, bf16>(options) / f.bf16_flops;
        f.fp32_efficiency =
            flops / detail::seconds_of_sample<convolution_probe, fp32>(options) / f.fp32_flops;
        constexpr std::size_t bytes = program<product_probe, bf16>::packed_bytes;
        f.weight_efficiency = static_cast<double>(bytes)
                              / detail::seconds_of_sample<product_probe, bf16>(options)
                              / read(bytes);

        constexpr int elements = 1024;
        aligned_buffer numbers(elements * sizeof(float));
        auto* const x = reinterpret_cast<float*>(numbers.data());
        f.sigmoids_per_second =
            elements / detail::best_seconds(options.repetitions, [&] {
                return detail::seconds_of_one(options.seconds / 10, [&] {
                    kernels::activate_tile<isa, kernels::activation::sigmoid>(x, elements, {});
                });
            });
    }).get();

    // All cores together, each on a processor of its own.
    processors.resize(std::min(processors.size(), static_cast<std::size_t>(f.cores)));
    std::vector<std::future<double>> readers;
    for (const int processor : processors) {
        readers.push_back(detail::on_processor(processor, [&] { return read(behind); }));
    }
    f.shared_bytes_per_second = std::transform_reduce(
        readers.begin(), readers.end(), 0.0, std::plus<>{}, [](auto& rate) { return rate.get(); });

    if (f.cores > 1) {
        detail::measure_handover(options, f);
    }
    return f;
}

}  // namespace soma::perf
