// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A bar plot of percentages as a standalone SVG file.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/perf/table.hpp>

namespace bench {

/// One labelled line of the plot: ours, and a peer's or a negative number where there is none.
struct bar {
    std::string label;
    double ours = 0.0;
    double peer = -1.0;
};

namespace detail {

[[nodiscard]] inline std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return result;
}

class svg {
public:
    void box(double x, double y, double width, double height, const char* style) {
        body_ += "<rect class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\""
                 + number(y) + "\" width=\"" + number(std::max(0.0, width)) + "\" height=\""
                 + number(height) + "\"/>\n";
    }
    void line(double x, double top, double bottom) {
        body_ += "<path d=\"M" + number(x) + " " + number(top) + "V" + number(bottom) + "\"/>\n";
    }
    void text(double x, double y, const char* style, const std::string& what) {
        body_ += "<text class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\""
                 + number(y) + "\">" + escaped(what) + "</text>\n";
    }
    [[nodiscard]] std::string document(double width, double height) const {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width)
             + "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(width) + " "
             + number(height)
             + "\">\n<style>rect.paper{fill:#fff}rect.ours{fill:#1f6fb2}rect.peer{fill:#c9c9c9}"
               "path{stroke:#e2e2e2}text{font:11px sans-serif;fill:#222}text.end{text-anchor:end}"
               "text.mid{text-anchor:middle;fill:#777}text.title{font-size:14px;"
               "font-weight:bold}</style>\n<rect class=\"paper\" x=\"0\" y=\"0\" width=\"100%\" "
               "height=\"100%\"/>\n"
             + body_ + "</svg>\n";
    }

private:
    [[nodiscard]] static std::string number(double value) { return soma::perf::fixed(value, 1); }

    std::string body_;
};

}  // namespace detail

/// Writes the bars from top to bottom; throws `std::runtime_error` if the file cannot be written.
inline void write_bar_plot(const std::string& path,
                           const std::string& title,
                           const std::string& peer,
                           const std::vector<bar>& bars) {
    constexpr double left = 210.0;
    constexpr double plot_width = 560.0;
    constexpr double top = 62.0;
    constexpr double step = 21.0;
    double most = 100.0;
    for (const bar& one : bars) {
        most = std::max({most, one.ours, one.peer});
    }
    const double last = std::ceil(most / 25.0) * 25.0;
    const double bottom = top + step * static_cast<double>(bars.size());
    const auto x_of = [&](double percent) { return left + plot_width * percent / last; };

    detail::svg picture;
    picture.text(12.0, 22.0, "title", title);
    picture.box(12.0, 33.0, 10.0, 10.0, "ours");
    picture.text(27.0, 42.0, "", "soma");
    if (!peer.empty()) {
        picture.box(82.0, 33.0, 10.0, 10.0, "peer");
        picture.text(97.0, 42.0, "", peer);
    }
    for (double percent = 0.0; percent <= last; percent += 25.0) {
        picture.line(x_of(percent), top - 4.0, bottom);
        picture.text(x_of(percent), bottom + 14.0, "mid", soma::perf::fixed(percent, 0) + "%");
    }
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double y = top + step * static_cast<double>(i);
        picture.text(left - 8.0, y + 13.0, "end", bars[i].label);
        picture.box(left, y + 1.0, x_of(bars[i].ours) - left, 9.0, "ours");
        if (bars[i].peer >= 0.0) {
            picture.box(left, y + 10.0, x_of(bars[i].peer) - left, 7.0, "peer");
        }
        picture.text(x_of(std::max(bars[i].ours, bars[i].peer)) + 5.0, y + 13.0, "",
                     soma::perf::fixed(bars[i].ours, 0));
    }

    std::ofstream file(path);
    file << picture.document(left + plot_width + 50.0, bottom + 28.0);
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write the plot to " + path);
    }
}

}  // namespace bench
