// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A device's status as Prometheus reads it: the text exposition format, version 0.0.4.
///
/// Names end in their unit, times are in seconds, what ends in `_total` only grows as long as the
/// model is loaded. Cores are numbered within the device.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <soma/runtime/device/device_status.hpp>
#include <soma/runtime/serving/latency_histogram.hpp>

namespace soma::perf {

/// The `Content-Type` of what `write_prometheus` writes.
inline constexpr std::string_view prometheus_content_type =
    "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the latency buckets: two per octave from a microsecond to more than a minute.
/// Each is the end of a class of `latency_histogram`, so that buckets count exactly.
inline constexpr auto latency_bounds = [] {
    constexpr int first = 10;  // 2^10 ns are a microsecond
    constexpr int last = 36;   // 2^36 ns are 69 seconds
    std::array<std::chrono::nanoseconds, 2 * (last - first) + 1> bounds{};
    for (int i = 0; i < static_cast<int>(bounds.size()); ++i) {
        const std::int64_t octave = std::int64_t{1} << (first + i / 2);
        bounds[static_cast<std::size_t>(i)] =
            std::chrono::nanoseconds((i % 2 == 0 ? octave : octave / 2 * 3) - 1);
    }
    return bounds;
}();
static_assert(std::all_of(latency_bounds.begin(), latency_bounds.end(), [](auto bound) {
    return latency_histogram::class_end(bound) == bound;
}));

namespace detail {

/// A duration in seconds, to the nanosecond and without a rounding.
[[nodiscard]] inline std::string in_seconds(std::chrono::nanoseconds time) {
    constexpr std::uint64_t second = 1'000'000'000;
    const bool negative = time < std::chrono::nanoseconds::zero();
    auto ns = static_cast<std::uint64_t>(time.count());
    ns = negative ? 0 - ns : ns;
    std::string decimals = std::to_string(second + ns % second);  // its first digit is the second
    decimals.front() = '.';
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return std::string(negative ? "-" : "")
        .append(std::to_string(ns / second))
        .append(decimals == "." ? "" : decimals);
}

/// Writes families of metrics: a head, then its samples.
class exposition {
public:
    struct label {
        std::string_view name;
        std::string value;
    };
    using labels = std::initializer_list<label>;

    explicit exposition(std::ostream& out) : out_(out) {}

    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
    }

    void sample(labels of, std::string_view value) { sample("", of, value); }
    void sample(labels of, std::chrono::nanoseconds value) { sample("", of, in_seconds(value)); }
    void sample(labels of, std::unsigned_integral auto value) {
        sample("", of, std::to_string(value));
    }

    void histogram(std::string_view model, const latency_histogram& times) {
        for (const std::chrono::nanoseconds bound : latency_bounds) {
            sample("_bucket", {{"model", std::string(model)}, {"le", in_seconds(bound)}},
                   std::to_string(times.count_up_to(bound)));
        }
        sample("_bucket", {{"model", std::string(model)}, {"le", "+Inf"}},
               std::to_string(times.count()));
        sample("_sum", {{"model", std::string(model)}}, in_seconds(times.sum()));
        sample("_count", {{"model", std::string(model)}}, std::to_string(times.count()));
    }

private:
    void sample(std::string_view suffix, labels of, std::string_view value) {
        out_ << name_ << suffix;
        char before = '{';
        for (const label& each : of) {
            out_ << before << each.name << "=\"";
            write_escaped(each.value);
            out_ << '"';
            before = ',';
        }
        out_ << (of.size() == 0 ? " " : "} ") << value << '\n';
    }

    void write_escaped(std::string_view text) {
        for (const char c : text) {
            switch (c) {
                case '\\': out_ << "\\\\"; break;
                case '"': out_ << "\\\""; break;
                case '\n': out_ << "\\n"; break;
                default: out_ << c;
            }
        }
    }

    std::ostream& out_;
    std::string_view name_{};
};

inline void write_cores(exposition& out, const device_status& device) {
    out.family("soma_core_busy_seconds_total", "counter",
               "Time that a core was held by a batch that runs.");
    for (std::size_t g = 0; g < device.groups.size(); ++g) {
        const group_status& group = device.groups[g];
        for (std::size_t c = 0; c < group.cores.size(); ++c) {
            const std::size_t core = static_cast<std::size_t>(group.first_core) + c;
            out.sample({{"group", std::to_string(g)}, {"core", std::to_string(core)}},
                       group.cores[c].busy);
        }
    }
    out.family("soma_context_switches_total", "counter",
               "Batches that began on a core after a batch of another model.");
    for (std::size_t g = 0; g < device.groups.size(); ++g) {
        out.sample({{"group", std::to_string(g)}}, device.groups[g].context_switches);
    }
}

inline void write_requests(exposition& out, const device_status& device) {
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value) {
        out.family(name, type, help);
        for (const model_status& model : device.models) {
            out.sample({{"model", model.name}}, value(model.serving));
        }
    };
    each("soma_requests_submitted_total", "counter", "Requests that were submitted.",
         [](const server_status& s) { return s.requests.submitted; });
    out.family("soma_requests_total", "counter", "Requests that have ended, by how.");
    for (const model_status& model : device.models) {
        const request_counts& ended = model.serving.requests;
        const auto count = [&](std::string status, std::uint64_t number) {
            out.sample({{"model", model.name}, {"status", std::move(status)}}, number);
        };
        count("done", ended.done);
        count("refused", ended.refused);
        count("cancelled", ended.cancelled);
        count("expired", ended.expired);
        count("failed", ended.failed);
    }
    out.family("soma_request_latency_seconds", "histogram",
               "Time from submission to result of requests that were done.");
    for (const model_status& model : device.models) {
        out.histogram(model.name, model.serving.latency);
    }
    each("soma_requests_in_flight", "gauge", "Requests that are queued or run.",
         [](const server_status& s) { return s.in_flight; });
    each("soma_queued_requests", "gauge", "Requests of which some samples have not begun.",
         [](const server_status& s) { return s.queued_requests; });
    each("soma_queued_samples", "gauge", "Samples that have not begun.",
         [](const server_status& s) { return s.queued_samples; });
    out.family("soma_batches_total", "counter", "Batches that were run, by their compiled size.");
    for (const model_status& model : device.models) {
        for (std::size_t b = 0; b < model.serving.bucket_count; ++b) {
            const bucket_status& bucket = model.serving.buckets[b];
            out.sample({{"model", model.name}, {"batch_size", std::to_string(bucket.batch_size)}},
                       bucket.batches);
        }
    }
    each("soma_samples_total", "counter", "Samples in these batches, padding not counted.",
         [](const server_status& s) { return s.samples; });
    each("soma_padding_samples_total", "counter", "Samples that filled up these batches.",
         [](const server_status& s) { return s.padding; });
    each("soma_batch_size", "gauge",
         "Samples that a batch holds, the largest if there are several sizes.",
         [](const server_status& s) { return s.batch_size; });
    each("soma_batch_fill_ratio", "gauge",
         "Share of the samples in all batches so far that were not padding.",
         [](const server_status& s) {
             char text[32];
             return std::string(text, std::to_chars(text, text + sizeof text, s.batch_fill()).ptr);
         });
}

inline void write_memory(exposition& out, const device_status& device) {
    const auto categories = [&](const memory_status& memory, auto sample) {
        sample("weights", memory.weights);
        sample("activations", memory.activations);
        sample("requests", memory.requests);
        sample("timeline", memory.timeline);
    };
    out.family("soma_memory_bytes", "gauge",
               "Memory of a model, by what it is for; weights that several models share are in "
               "each.");
    for (const model_status& model : device.models) {
        categories(model.memory, [&](std::string category, std::size_t bytes) {
            out.sample({{"model", model.name}, {"category", std::move(category)}}, bytes);
        });
    }
    out.family("soma_device_memory_bytes", "gauge",
               "Memory of all models, by what it is for; weights that several models share count "
               "once.");
    categories(device.memory, [&](std::string category, std::size_t bytes) {
        out.sample({{"category", std::move(category)}}, bytes);
    });
}

}  // namespace detail

/// Writes all of `device`, whatever the stream's flags and locale.
inline void write_prometheus(std::ostream& out, const device_status& device) {
    detail::exposition text(out);
    text.family("soma_device_info", "gauge", "The device's instance; always 1.");
    text.sample({{"instance", device.instance}}, "1");
    text.family("soma_uptime_seconds", "gauge", "Time since the device was opened.");
    text.sample({}, device.uptime);
    detail::write_cores(text, device);
    text.family("soma_model_info", "gauge",
                "A loaded model: its program, its group and the cores that a batch of it holds; "
                "always 1.");
    for (const model_status& model : device.models) {
        text.sample({{"model", model.name},
                     {"program", model.program},
                     {"group", std::to_string(model.group)},
                     {"cores", std::to_string(model.cores)}},
                    "1");
    }
    detail::write_requests(text, device);
    text.family("soma_worker_busy_seconds_total", "counter",
                "Time that a worker spent in batches, with processing and copying.");
    for (const model_status& model : device.models) {
        for (std::size_t w = 0; w < model.workers.size(); ++w) {
            text.sample({{"model", model.name}, {"worker", std::to_string(w)}},
                        model.workers[w].busy);
        }
    }
    detail::write_memory(text, device);
}

/// Writes the requests and batches of a server that is on no device, as those of the model `name`.
inline void write_prometheus(std::ostream& out, std::string name, const server_status& server) {
    device_status only;
    only.models.emplace_back().name = std::move(name);
    only.models.back().serving = server;
    detail::exposition text(out);
    text.family("soma_uptime_seconds", "gauge", "Time since the server was opened.");
    text.sample({}, server.uptime);
    detail::write_requests(text, only);
}

}  // namespace soma::perf
