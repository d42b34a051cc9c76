// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Timelines as a trace that ui.perfetto.dev and chrome://tracing show: JSON in the Trace Event
/// Format of Chrome.
///
/// - A process for the device with a thread for each core, where every batch is a bar with its
///   model's name; samples, capacity and fill are its arguments.
/// - A process for each model, where every request is two asynchronous bars one after the other,
///   "queued" and "running", the last of which ends with the request's status; and a counter of the
///   requests that are queued.
///
/// What a timeline has lost is left out: a bar whose beginning is lost, and one whose end is still
/// to come has none.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <soma/runtime/device/device.hpp>
#include <soma/runtime/serving/timeline.hpp>

namespace soma::perf {

/// One model's part of a trace.
struct traced_model {
    std::string name;
    soma::timeline timeline;
    int first_core = 0;  ///< of the model's group
};

[[nodiscard]] constexpr std::string_view name_of(request_status status) noexcept {
    switch (status) {
        case request_status::pending: return "pending";
        case request_status::done: return "done";
        case request_status::refused: return "refused";
        case request_status::cancelled: return "cancelled";
        case request_status::expired: return "expired";
        case request_status::failed: return "failed";
    }
    return "unknown";
}

/// Writes one trace, event by event.
class trace_writer {
public:
    /// \param zero the time that the trace begins at
    trace_writer(std::ostream& out, serving_clock::time_point zero) : out_(out), zero_(zero) {
        out_ << R"({"displayTimeUnit":"ns","traceEvents":[)";
    }
    trace_writer(const trace_writer&) = delete;
    trace_writer& operator=(const trace_writer&) = delete;

    /// Names the process of all cores, and the cores that `models` ran on.
    void device(std::string_view name, std::span<const traced_model> models) {
        metadata("process_name", cores_process, 0, {{"name", name}});
        std::set<int> cores;
        for (const traced_model& model : models) {
            for (const timeline_event& e : model.timeline.events) {
                if (e.kind == timeline_kind::batch) {
                    cores.insert(model.first_core + e.core);
                }
            }
        }
        for (const int core : cores) {
            metadata("thread_name", cores_process, core,
                     {{"name", "core " + std::to_string(core)}});
            metadata("thread_sort_index", cores_process, core, {{"sort_index", core}});
        }
    }

    void model(const traced_model& traced) {
        ++models_;
        const int process = cores_process + models_;
        metadata("process_name", process, 0, {{"name", traced.name + ": requests"}});
        requests_of one{.process = process};
        for (const timeline_event& e : traced.timeline.events) {
            if (e.kind == timeline_kind::batch) {
                batch(traced, e);
            } else {
                request(one, e);
            }
        }
        lost_[traced.name] = lost_.value(traced.name, std::uint64_t{0}) + traced.timeline.lost;
    }

    /// To be called once, at the end.
    void finish() { out_ << "\n],\"otherData\":{\"lost events\":" << text(lost_) << "}}\n"; }

private:
    using json = nlohmann::ordered_json;

    static constexpr int cores_process = 1;

    /// What is known of a model's requests at the time of the event that is written next.
    struct requests_of {
        int process = 0;
        /// Of those that are queued or run: whether they run.
        std::unordered_map<std::uint64_t, bool> running{};
        std::size_t queued = 0;
    };

    void batch(const traced_model& traced, const timeline_event& e) {
        json event = start("X", traced.name, cores_process, e.at);
        event["tid"] = traced.first_core + e.core;
        event["dur"] = microseconds(e.until - e.at);
        event["args"] = {{"samples", e.samples},
                         {"capacity", e.capacity},
                         {"fill", static_cast<double>(e.samples) / static_cast<double>(e.capacity)},
                         {"worker", e.worker},
                         {"batch", e.id}};
        write(event);
    }

    void request(requests_of& all, const timeline_event& e) {
        const auto known = all.running.find(e.id);
        const bool queued = known != all.running.end() && !known->second;
        switch (e.kind) {
            case timeline_kind::submitted:
                all.running[e.id] = false;
                bar("b", "queued", all, e, {{"request", e.id}, {"samples", e.samples}});
                break;
            case timeline_kind::begun:
                if (queued) {
                    bar("e", "queued", all, e, json::object());
                }
                all.running[e.id] = true;
                bar("b", "running", all, e, {{"request", e.id}, {"samples", e.samples}});
                break;
            case timeline_kind::ended:
                if (known != all.running.end()) {
                    bar("e", queued ? "queued" : "running", all, e,
                        {{"status", name_of(e.status)}});
                    all.running.erase(known);
                }
                break;
            case timeline_kind::batch: break;
        }
        const bool joins = e.kind == timeline_kind::submitted;
        if (joins || queued) {
            all.queued = joins ? all.queued + 1 : all.queued - 1;
            json event = start("C", "queued requests", all.process, e.at);
            event["args"] = {{"requests", all.queued}};
            write(event);
        }
    }

    /// One end of a request's bar. Ids are shared by all processes of a trace.
    void bar(std::string_view end,
             std::string_view name,
             const requests_of& all,
             const timeline_event& e,
             json arguments) {
        json event = start(end, name, all.process, e.at);
        event["cat"] = "request";
        event["id"] = std::to_string(all.process) + "." + std::to_string(e.id);
        event["args"] = std::move(arguments);
        write(event);
    }

    void metadata(std::string_view what, int process, int thread, json arguments) {
        write({{"ph", "M"},
               {"name", what},
               {"pid", process},
               {"tid", thread},
               {"args", std::move(arguments)}});
    }

    [[nodiscard]] json start(std::string_view phase,
                             std::string_view name,
                             int process,
                             serving_clock::time_point at) const {
        return {{"ph", phase},
                {"name", name},
                {"pid", process},
                {"tid", 0},
                {"ts", microseconds(at - zero_)}};
    }

    /// The format's unit. A double has the nanoseconds of fifty days.
    [[nodiscard]] static double microseconds(std::chrono::nanoseconds time) noexcept {
        return static_cast<double>(time.count()) / 1000.0;
    }

    /// Names are the user's: bytes that are no UTF-8 become a replacement character.
    [[nodiscard]] static std::string text(const json& value) {
        return value.dump(-1, ' ', false, json::error_handler_t::replace);
    }

    void write(const json& event) {
        out_ << (std::exchange(first_, false) ? "\n" : ",\n") << text(event);
    }

    std::ostream& out_;
    serving_clock::time_point zero_;
    bool first_ = true;
    int models_ = 0;
    json lost_ = json::object();
};

/// Writes the trace of models that share the cores of one device, or of servers that share none.
///
/// \param device its name
inline void write_trace(std::ostream& out,
                        std::string_view device,
                        std::span<const traced_model> models) {
    auto zero = serving_clock::time_point::max();
    for (const traced_model& model : models) {
        if (!model.timeline.events.empty()) {
            zero = std::min(zero, model.timeline.events.front().at);
        }
    }
    trace_writer trace(out, zero);
    trace.device(device, models);
    for (const traced_model& model : models) {
        trace.model(model);
    }
    trace.finish();
}

/// The timelines of all models that are loaded on a device.
[[nodiscard]] inline std::vector<traced_model> traced_models(const device& all) {
    std::vector<traced_model> models;
    for (const model_handle& model : all.models()) {
        models.push_back(
            {model.name(), model.timeline(), all.layout().group(model.group()).first_core});
    }
    return models;
}

inline void write_trace(std::ostream& out, const device& all) {
    write_trace(out, all.layout().where().name, traced_models(all));
}

}  // namespace soma::perf
