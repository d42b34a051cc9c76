// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The file every benchmark writes: its environment, and one row per measured figure.

#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <soma/perf/environment.hpp>

namespace soma::perf {

/// Whether more of a metric is better (throughput) or less (latency, memory).
enum class better { higher, lower };

/// Another library's figure for the same work; NaN when it could not be measured.
struct peer_result {
    std::string name;
    double value = std::numeric_limits<double>::quiet_NaN();
    /// Ours against this peer as a median over paired repetitions, above 1 when we are better;
    /// NaN leaves it to the two figures.
    double paired_ratio = std::numeric_limits<double>::quiet_NaN();
};

/// One measured figure of ours beside the same figure of the peers.
struct report_row {
    std::string workload;   ///< "gemm 128x768x768", "resnet50"
    std::string precision;  ///< "fp32", "bf16", "fp16", or a policy's name
    int threads = 1;
    std::string schedule;  ///< empty where no schedule is involved
    int batch = 1;
    std::string metric;  ///< with its unit: "GFLOP/s", "ms"
    better direction = better::higher;
    double soma = std::numeric_limits<double>::quiet_NaN();
    std::vector<peer_result> peers;  ///< missing ones too, so that none is skipped silently
    nlohmann::ordered_json extra = nlohmann::ordered_json::object();  ///< more keys of this row

    /// The best measured peer, or null where none was.
    [[nodiscard]] const peer_result* best_peer() const noexcept {
        const peer_result* best = nullptr;
        for (const peer_result& peer : peers) {
            if (!std::isnan(peer.value)
                && (best == nullptr
                    || (direction == better::higher ? peer.value > best->value
                                                    : peer.value < best->value))) {
                best = &peer;
            }
        }
        return best;
    }

    /// Ours against the best peer: above 1 we are better, whatever the metric. NaN without a peer.
    [[nodiscard]] double ratio() const noexcept {
        const peer_result* best = best_peer();
        if (best == nullptr) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        if (!std::isnan(best->paired_ratio)) {
            return best->paired_ratio;
        }
        return direction == better::higher ? soma / best->value : best->value / soma;
    }
};

/// The environment as the report's first member.
inline void to_json(nlohmann::ordered_json& json, const environment& machine) {
    const auto object = [](const std::vector<named_text>& pairs) {
        auto result = nlohmann::ordered_json::object();
        for (const auto& [name, text] : pairs) {
            result[name] = text;
        }
        return result;
    };
    json = {{"processor", machine.processor},
            {"isa", machine.isa},
            {"allowed_processors", machine.allowed_processors},
            {"online_processors", machine.online_processors},
            {"compiler", machine.compiler},
            {"libraries", object(machine.libraries)},
            {"variables", object(machine.variables)}};
}

/// A row as JSON; what was not measured is null, and `extra` keys follow the common ones.
inline void to_json(nlohmann::ordered_json& json, const report_row& row) {
    // JSON has no NaN or infinity; the library would write null for them only when dumping.
    const auto number = [](double value) {
        return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
    };
    auto peers = nlohmann::ordered_json::object();
    for (const peer_result& peer : row.peers) {
        peers[peer.name] = number(peer.value);
    }
    const peer_result* best = row.best_peer();
    json = {{"workload", row.workload},
            {"precision", row.precision},
            {"threads", row.threads},
            {"schedule", row.schedule},
            {"batch", row.batch},
            {"metric", row.metric},
            {"better", row.direction == better::higher ? "higher" : "lower"},
            {"soma", number(row.soma)},
            {"peers", std::move(peers)},
            {"best_peer", nullptr},
            {"ratio", number(row.ratio())}};
    if (best != nullptr) {
        json["best_peer"] = best->name;
    }
    for (const auto& [key, value] : row.extra.items()) {
        json[key] = value;
    }
}

/// Collects rows and writes them as one JSON document.
class json_report {
public:
    explicit json_report(environment machine) : environment_(std::move(machine)) {}

    void add(report_row row) { rows_.push_back(std::move(row)); }

    [[nodiscard]] const std::vector<report_row>& rows() const noexcept { return rows_; }

    [[nodiscard]] nlohmann::ordered_json json() const {
        return {{"environment", environment_}, {"rows", rows_}};
    }

    /// Writes the document; throws `std::runtime_error` naming the file if that fails.
    void write(const std::string& path) const {
        std::ofstream file(path);
        file << json().dump(2) << '\n';
        file.close();
        if (!file) {
            throw std::runtime_error("cannot write the report to " + path);
        }
    }

private:
    environment environment_;
    std::vector<report_row> rows_;
};

}  // namespace soma::perf
