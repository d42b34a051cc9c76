// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <soma/perf/table.hpp>

#include "report.hpp"

namespace serve_many {

namespace {

using soma::perf::fixed;

constexpr double left = 70.0, right = 760.0, top = 40.0, bottom = 400.0;
constexpr const char* colours[] = {"#1f6fb2", "#d1495b", "#2e8b57",
                                   "#8a5fbf", "#b8860b", "#555555"};
/// What one in so many requests exceeds: the plot's right end.
constexpr double rarest = 1000.0;

/// Each step to the right is ten times as rare.
double x_of(double p) {
    return left
           + (right - left) * std::log10(1.0 / std::max(1.0 - p, 1.0 / rarest))
                 / std::log10(rarest);
}

std::string text(double x, double y, const char* anchor, const std::string& what) {
    std::string safe;
    for (const char c : what) {
        safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor
           + "\">" + safe + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
    return "<path class=\"grid\" d=\"M" + fixed(x1, 1) + " " + fixed(y1, 1) + "L" + fixed(x2, 1)
           + " " + fixed(y2, 1) + "\"/>\n";
}

}  // namespace

std::string svg_of(const std::vector<row>& rows) {
    double least = 1e9;
    double most = 1e-3;
    for (const row& r : rows) {
        if (!r.seen.latency_ms.empty()) {
            least = std::min(least, r.seen.percentile(0.01));
            most = std::max(most, r.seen.percentile(1.0 - 1.0 / rarest));
        }
    }
    const double low = std::floor(std::log10(std::max(std::min(least, most), 1e-3)));
    const double high = std::max(std::ceil(std::log10(most)), low + 1);
    const auto y_of = [&](double ms) {
        const double part = (std::log10(std::max(ms, 1e-3)) - low) / (high - low);
        return bottom - (bottom - top) * std::clamp(part, 0.0, 1.0);
    };

    const double height = bottom + 50.0 + 18.0 * static_cast<double>(rows.size());
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"" + fixed(height, 0)
        + "\" viewBox=\"0 0 800 " + fixed(height, 0)
        + "\">\n<style>text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd;fill:none}"
          ".curve{fill:none;stroke-width:2}</style>\n"
          "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        + text(left, 22, "start", "Latency in ms, from the moment a request was due");
    for (double exponent = low; exponent <= high; ++exponent) {
        const double y = y_of(std::pow(10.0, exponent));
        out +=
            line(left, y, right, y)
            + text(left - 8, y + 4, "end",
                   fixed(std::pow(10.0, exponent), exponent < 0 ? static_cast<int>(-exponent) : 0));
    }
    for (const double p : {0.0, 0.5, 0.9, 0.99, 0.999}) {
        out += line(x_of(p), top, x_of(p), bottom)
               + text(x_of(p), bottom + 18, "middle", "p" + fixed(100 * p, p > 0.99 ? 1 : 0));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string colour = colours[i % std::size(colours)];
        out += "<polyline class=\"curve\" stroke=\"" + colour + "\" points=\"";
        constexpr int steps = 120;
        for (int s = 0; s <= steps; ++s) {
            const double p = 1.0 - std::pow(rarest, -static_cast<double>(s) / steps);
            out += fixed(x_of(p), 1) + "," + fixed(y_of(rows[i].seen.percentile(p)), 1) + " ";
        }
        const double y = bottom + 44.0 + 18.0 * static_cast<double>(i);
        out += "\"/>\n<rect x=\"" + fixed(left, 0) + "\" y=\"" + fixed(y - 9, 0)
               + "\" width=\"14\" height=\"8\" fill=\"" + colour + "\"/>\n"
               + text(left + 22, y, "start",
                      std::string(rows[i].network) + ", " + std::string(rows[i].schedule));
    }
    return out + "</svg>\n";
}

}  // namespace serve_many
