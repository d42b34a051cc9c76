// SPDX-License-Identifier: MIT

/// \file
/// Finds the likeliest classes and writes them down.

#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>

#include <nlohmann/json.hpp>

#include "decode.hpp"

namespace resnet50 {

namespace {

std::string formatted(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string megabytes(std::size_t bytes) {
    return formatted("%.1f MB", static_cast<double>(bytes) * 1e-6);
}

}  // namespace

std::vector<candidate> largest(std::span<const float> logits,
                               std::size_t count,
                               std::span<const std::string> labels) {
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
    });
    double sum = 0;
    const auto most = static_cast<double>(logits[order.front()]);
    for (const float logit : logits) {
        sum += std::exp(static_cast<double>(logit) - most);
    }
    std::vector<candidate> top;
    for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
        const auto logit = static_cast<double>(logits[order[i]]);
        top.push_back({order[i], logit, std::exp(logit - most) / sum,
                       labels.empty() ? std::string() : labels[order[i]]});
    }
    return top;
}

void print(std::ostream& out, const report& r) {
    out << "image      " << r.image << ", " << r.width << " x " << r.height << " pixels\n"
        << "weights    "
        << (r.weights.empty() ? "none given: synthetic ones from a seed, so the classes below mean "
                                "nothing"
                              : r.weights)
        << "\nprecision  " << r.precision << "\nmemory     " << megabytes(r.result.packed_bytes)
        << " of packed weights + " << megabytes(r.result.arena_bytes) << " of activations, "
        << megabytes(r.peak_bytes) << " resident at most\ntime       "
        << formatted("%.2f s to pack the weights, ", r.result.packing_seconds)
        << formatted("%.2f ms", r.median_ms)
        << (r.result.milliseconds.size() == 1
                ? " for the only run"
                : std::string(", the median of ")
                      .append(std::to_string(r.result.milliseconds.size()))
                      .append(" runs"))
        << "\n\nclass  probability   logit\n";
    for (const candidate& c : r.top) {
        char line[64];
        std::snprintf(line, sizeof line, "%5zu  %10.4f%%  %6.2f", c.index, c.probability * 100,
                      c.logit);
        out << line << (c.label.empty() ? "" : "  ") << c.label << '\n';
    }
}

void write_json(const std::string& path, const report& r) {
    nlohmann::ordered_json top = nlohmann::ordered_json::array();
    for (const candidate& c : r.top) {
        nlohmann::ordered_json entry{
            {"class", c.index}, {"probability", c.probability}, {"logit", c.logit}};
        if (!c.label.empty()) {
            entry["label"] = c.label;
        }
        top.push_back(std::move(entry));
    }
    const nlohmann::ordered_json json{
        {"image", r.image},
        {"width", r.width},
        {"height", r.height},
        {"weights",
         r.weights.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(r.weights)},
        {"synthetic_weights", r.weights.empty()},
        {"precision", r.precision},
        {"packed_bytes", r.result.packed_bytes},
        {"arena_bytes", r.result.arena_bytes},
        {"peak_resident_bytes", r.peak_bytes},
        {"packing_seconds", r.result.packing_seconds},
        {"runs", r.result.milliseconds.size()},
        {"median_ms", r.median_ms},
        {"top", std::move(top)}};
    std::ofstream file(path);
    // Paths and labels are bytes of any kind; what is not UTF-8 is replaced.
    file << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    file.close();
    if (!file) {
        throw bad_input(std::string(path).append(": cannot be written"));
    }
}

}  // namespace resnet50
