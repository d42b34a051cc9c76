// SPDX-License-Identifier: MIT

#include "top/rates.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace top {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// A label that has to be a small number.
int number(const sample& of, std::string_view label) {
    const std::string_view text = of.label(label);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw bad_text(std::string(of.name)
                           .append(": expected a whole number as ")
                           .append(label)
                           .append(", got \"")
                           .append(text)
                           .append("\""));
    }
    return value;
}

void add_bytes(memory& to, const sample& from) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] += from.label("category") == category_names[i] ? from.value : 0;
    }
}

/// The members of a model that are one metric each.
constexpr std::pair<std::string_view, double model_reading::*> plain_metrics[]{
    {"soma_requests_submitted_total", &model_reading::submitted},
    {"soma_requests_in_flight", &model_reading::in_flight},
    {"soma_queued_requests", &model_reading::queued_requests},
    {"soma_queued_samples", &model_reading::queued_samples},
    {"soma_samples_total", &model_reading::samples},
    {"soma_padding_samples_total", &model_reading::padding},
};

constexpr std::pair<std::string_view, double model_reading::*> ends[]{
    {"done", &model_reading::done},           {"refused", &model_reading::refused},
    {"cancelled", &model_reading::cancelled}, {"expired", &model_reading::expired},
    {"failed", &model_reading::failed},
};

void read_model(model_reading& model, const sample& from) {
    if (from.name == "soma_model_info") {
        model.program = from.label("program");
        model.group = number(from, "group");
        model.cores = number(from, "cores");
    } else if (from.name == "soma_memory_bytes") {
        add_bytes(model.bytes, from);
    } else if (from.name == "soma_request_latency_seconds_bucket") {
        const std::string_view bound = from.label("le");
        double seconds = std::numeric_limits<double>::infinity();
        std::from_chars(bound.data(), bound.data() + bound.size(), seconds);
        model.latency[seconds] = from.value;
    } else if (from.name == "soma_requests_total") {
        for (const auto& [status, member] : ends) {
            model.*member += from.label("status") == status ? from.value : 0;
        }
    } else {
        for (const auto& [name, member] : plain_metrics) {
            model.*member += from.name == name ? from.value : 0;
        }
    }
}

/// How far a counter went.
double risen(double before, double after) {
    return after < before ? after : after - before;
}

latency_buckets risen(const latency_buckets& before, const latency_buckets& after) {
    latency_buckets counts = after;
    const bool again =
        !before.empty() && !after.empty() && after.rbegin()->second < before.rbegin()->second;
    for (auto& [bound, count] : counts) {
        const auto then = before.find(bound);
        count -= again || then == before.end() ? 0 : then->second;
    }
    return counts;
}

model_rates rates_of(const std::string& name,
                     const model_reading& before,
                     const model_reading& after,
                     double seconds) {
    const auto rate = [&](double model_reading::* counter) {
        return seconds > 0 ? risen(before.*counter, after.*counter) / seconds : 0;
    };
    const latency_buckets times = risen(before.latency, after.latency);
    const double samples = risen(before.samples, after.samples);
    const double places = samples + risen(before.padding, after.padding);
    return {.name = name,
            .program = after.program,
            .group = after.group,
            .cores = after.cores,
            .done = rate(&model_reading::done),
            .refused = rate(&model_reading::refused),
            .cancelled = rate(&model_reading::cancelled),
            .expired = rate(&model_reading::expired),
            .failed = rate(&model_reading::failed),
            .samples = rate(&model_reading::samples),
            .p50 = percentile(times, 0.50),
            .p99 = percentile(times, 0.99),
            .fill = places > 0 ? samples / places : nothing,
            .in_flight = after.in_flight,
            .queued_requests = after.queued_requests,
            .queued_samples = after.queued_samples,
            .bytes = after.bytes};
}

}  // namespace

reading read(const std::vector<sample>& samples) {
    reading now;
    bool known = false;
    for (const sample& each : samples) {
        if (each.name == "soma_device_info") {
            now.instance = each.label("instance");
            known = true;
        } else if (each.name == "soma_uptime_seconds") {
            now.uptime = each.value;
        } else if (each.name == "soma_core_busy_seconds_total") {
            now.cores[number(each, "core")] = {.group = number(each, "group"), .busy = each.value};
        } else if (each.name == "soma_context_switches_total") {
            now.switches[number(each, "group")] = each.value;
        } else if (each.name == "soma_device_memory_bytes") {
            add_bytes(now.bytes, each);
        } else if (const std::string_view model = each.label("model"); !model.empty()) {
            read_model(now.models[std::string(model)], each);
        }
    }
    if (!known) {
        throw bad_text("expected the metrics of a soma device, got no soma_device_info");
    }
    return now;
}

rates between(const reading& before, const reading& after) {
    // One that was opened since is compared with its own beginning.
    static const reading beginning;
    const reading& from = after.uptime < before.uptime ? beginning : before;
    const double seconds = after.uptime - from.uptime;
    rates all{.instance = after.instance, .uptime = after.uptime, .interval = seconds};
    all.bytes = after.bytes;
    for (const auto& [number, core] : after.cores) {
        const auto then = from.cores.find(number);
        const double busy = risen(then == from.cores.end() ? 0 : then->second.busy, core.busy);
        all.cores.push_back({.core = number,
                             .group = core.group,
                             .busy = seconds > 0 ? std::clamp(busy / seconds, 0.0, 1.0) : 0});
    }
    for (const auto& [group, switches] : after.switches) {
        const auto then = from.switches.find(group);
        const double more = risen(then == from.switches.end() ? 0 : then->second, switches);
        all.switches[group] = seconds > 0 ? more / seconds : 0;
    }
    for (const auto& [name, model] : after.models) {
        const auto then = from.models.find(name);
        all.models.push_back(rates_of(
            name, then == from.models.end() ? model_reading{} : then->second, model, seconds));
    }
    return all;
}

double percentile(const latency_buckets& counts, double p) {
    const double total = counts.empty() ? 0 : counts.rbegin()->second;
    if (!(total > 0)) {
        return nothing;
    }
    double bound_before = 0;
    double count_before = 0;
    for (const auto& [bound, count] : counts) {
        if (count >= p * total && count > count_before) {
            if (std::isinf(bound)) {
                break;
            }
            const double share = (p * total - count_before) / (count - count_before);
            return bound_before + share * (bound - bound_before);
        }
        bound_before = std::isinf(bound) ? bound_before : bound;
        count_before = count;
    }
    return bound_before;
}

}  // namespace top
