// SPDX-License-Identifier: MIT

#include "top/frame.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <soma/perf/table.hpp>

namespace top {

namespace {

using soma::perf::fixed;

constexpr int least_columns = 80;
constexpr int least_names = 12;
constexpr int number_columns = 68;  // of the widest table, beside its names
constexpr int least_fill = 6;       // cells of the bar among them

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Exactly `columns` of `text`, with an ellipsis where it is longer. What would move the cursor, or
/// is not of the terminal's alphabet, is a question mark.
std::string fitted(std::string_view text, int columns, const look& on) {
    std::string clean;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool strange = byte < 0x20U || byte == 0x7FU || (byte >= 0x80U && !on.unicode);
        clean += strange ? '?' : c;
    }
    const int wide = width(clean);
    if (wide <= columns) {
        return clean.append(static_cast<std::size_t>(columns - wide), ' ');
    }
    std::string cut;
    int left = columns;
    for (const char c : clean) {
        left -= continues(c) ? 0 : 1;
        if (left == 0) {
            break;
        }
        cut += c;
    }
    return cut.append(on.unicode ? "…" : "~");
}

/// A line that is put together from fields of given widths.
class row {
public:
    explicit row(const look& on) : on_(on) {}

    row& left(std::string_view text, int columns, colour in = colour::plain) {
        spans_.push_back({fitted(text, columns, on_), in});
        return *this;
    }
    row& right(std::string_view text, int columns, colour in = colour::plain) {
        const int gap = std::max(0, columns - width(text));
        return left(std::string(static_cast<std::size_t>(gap), ' ').append(text), columns, in);
    }
    row& add(std::string text, colour in = colour::plain) {
        spans_.push_back({std::move(text), in});
        return *this;
    }
    [[nodiscard]] line done() { return std::move(spans_); }

private:
    const look& on_;
    line spans_{};
};

/// Three digits, or as many as there are before the point.
std::string three_digits(double value) {
    return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

std::string percent(double share) {
    return std::isnan(share) ? "-" : fixed(100 * share, 0).append("%");
}

std::string clock(double seconds) {
    const auto all = static_cast<long long>(seconds);
    const auto two = [](long long n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(all / 3600) + ":" + two(all / 60 % 60) + ":" + two(all % 60);
}

line title(const heading& above, const rates* now, const look& on) {
    std::string middle;
    if (now != nullptr) {
        middle.append(now->instance)
            .append(", ")
            .append(std::to_string(now->cores.size()))
            .append(now->cores.size() == 1 ? " core" : " cores")
            .append("   up ")
            .append(clock(now->uptime))
            .append("   over ")
            .append(fixed(now->interval, 1))
            .append(" s");
    }
    const int source = std::max(0, on.columns - 12 - width(middle) - 1);
    return row(on)
        .add(" soma top   ", colour::title)
        .left(middle, width(middle))
        .right(above.source, std::max(source, 0), colour::faint)
        .done();
}

void add_cores(std::vector<line>& lines, const rates& now, const look& on) {
    constexpr int label = 5;   // "   3 "
    constexpr int figure = 6;  // "  48% "
    constexpr int least_bar = 15;
    for (const auto& [group, switches] : now.switches) {
        std::vector<core_rates> cores;
        std::copy_if(now.cores.begin(), now.cores.end(), std::back_inserter(cores),
                     [g = group](const core_rates& c) { return c.group == g; });
        lines.push_back(row(on)
                            .left(" CORES", 9, colour::title)
                            .add("group " + std::to_string(group) + ", busy")
                            .add("   " + as_rate(switches), colour::plain)
                            .add(" context switches/s", colour::faint)
                            .done());
        const auto count = static_cast<int>(cores.size());
        const int most = std::max(1, (on.columns - 1) / (label + least_bar + figure));
        const int rows = std::max(1, (count + most - 1) / most);
        const int across = std::max(1, (count + rows - 1) / rows);
        const int cells = std::min((on.columns - 1) / across - label - figure, 60);
        for (int first = 0; first < count; first += across) {
            row cores_of_line(on);
            for (int c = first; c < std::min(first + across, count); ++c) {
                const core_rates& core = cores[static_cast<std::size_t>(c)];
                cores_of_line.right(std::to_string(core.core), label - 1, colour::faint)
                    .add(" ")
                    .add(bar(core.busy, cells, on.unicode),
                         core.busy < 0.85 ? colour::good : colour::warning)
                    .right(percent(core.busy), figure - 1)
                    .add(" ");
            }
            lines.push_back(cores_of_line.done());
        }
        lines.emplace_back();
    }
}

void add_traffic(std::vector<line>& lines, const rates& now, int names, const look& on) {
    const int cells = std::min(least_fill + on.columns - number_columns - names, 24);
    lines.push_back(row(on)
                        .left(" REQUESTS", names, colour::title)
                        .right("done/s", 7, colour::faint)
                        .right("samples/s", 11, colour::faint)
                        .right("p50", 9, colour::faint)
                        .right("p99", 9, colour::faint)
                        .right("batch fill", cells + 7, colour::faint)
                        .right("queued", 8, colour::faint)
                        .right("in flight", 11, colour::faint)
                        .done());
    for (const model_rates& model : now.models) {
        const bool waits = model.queued_requests > 0;
        lines.push_back(
            row(on)
                .left(" " + model.name, names)
                .right(as_rate(model.done), 7)
                .right(as_rate(model.samples), 11)
                .right(as_time(model.p50, on.unicode), 9)
                .right(as_time(model.p99, on.unicode), 9)
                .add("  ")
                .add(bar(std::isnan(model.fill) ? 0 : model.fill, cells, on.unicode), colour::good)
                .right(percent(model.fill), 5)
                .right(fixed(model.queued_requests, 0), 8, waits ? colour::warning : colour::plain)
                .right(fixed(model.in_flight, 0), 11)
                .done());
    }
    lines.emplace_back();
}

void add_losses(std::vector<line>& lines, const rates& now, int names, const look& on) {
    lines.push_back(row(on)
                        .left(" NOT DONE", names, colour::title)
                        .right("refused/s", 10, colour::faint)
                        .right("expired/s", 11, colour::faint)
                        .right("failed/s", 10, colour::faint)
                        .right("cancelled/s", 13, colour::faint)
                        .done());
    for (const model_rates& model : now.models) {
        const auto ends = [&](double rate, colour in) { return rate > 0 ? in : colour::faint; };
        lines.push_back(
            row(on)
                .left(" " + model.name, names)
                .right(as_rate(model.refused), 10, ends(model.refused, colour::bad))
                .right(as_rate(model.expired), 11, ends(model.expired, colour::bad))
                .right(as_rate(model.failed), 10, ends(model.failed, colour::bad))
                .right(as_rate(model.cancelled), 13, ends(model.cancelled, colour::warning))
                .done());
    }
    lines.emplace_back();
}

void add_memory(std::vector<line>& lines, const rates& now, int names, const look& on) {
    constexpr std::array<int, category_names.size()> columns{9, 13, 10, 10};
    const int used = names + std::accumulate(columns.begin(), columns.end(), 0);
    row head(on);
    head.left(" MEMORY", names, colour::title);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        head.right(category_names[c], columns[c], colour::faint);
    }
    lines.push_back(head.add("  program", colour::faint).done());
    const auto add = [&](std::string_view name, const memory& bytes, std::string_view program,
                         colour in) {
        row own(on);
        own.left(name, names, in);
        for (std::size_t c = 0; c < columns.size(); ++c) {
            own.right(as_bytes(bytes[c]), columns[c], in);
        }
        lines.push_back(own.add("  ").left(program, on.columns - used - 2, in).done());
    };
    for (const model_rates& model : now.models) {
        add(" " + model.name, model.bytes, model.program, colour::plain);
    }
    const double all = std::accumulate(now.bytes.begin(), now.bytes.end(), 0.0);
    add(" all", now.bytes, as_bytes(all) + " together", colour::faint);
}

/// `value` in the first unit in which it has at most three digits before the point.
template <std::size_t N>
std::string in_units(double value, double step, const char* const (&units)[N]) {
    std::size_t unit = 0;
    while (unit + 1 < N && value >= 999.5) {
        value /= step;
        ++unit;
    }
    return three_digits(value).append(units[unit]);
}

}  // namespace

std::vector<line> frame(const heading& above, const rates* now, const look& wanted) {
    look on = wanted;
    on.columns = std::max(on.columns, least_columns);
    std::vector<line> lines{title(above, now, on)};
    lines.push_back(above.trouble.empty()
                        ? line{}
                        : row(on).left(" " + above.trouble, on.columns, colour::bad).done());
    if (now == nullptr) {
        return lines;
    }
    add_cores(lines, *now, on);
    if (now->models.empty()) {
        lines.push_back({{" no model is loaded", colour::faint}});
        return lines;
    }
    int names = least_names;
    for (const model_rates& model : now->models) {
        names = std::max(names, width(model.name) + 2);
    }
    names = std::min(names, on.columns - number_columns);
    add_traffic(lines, *now, names, on);
    add_losses(lines, *now, names, on);
    add_memory(lines, *now, names, on);
    return lines;
}

std::string plain(const line& from) {
    std::string text;
    for (const span& each : from) {
        text += each.text;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

int width(std::string_view text) {
    return static_cast<int>(
        std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string as_time(double seconds, bool unicode) {
    if (std::isnan(seconds)) {
        return "-";
    }
    const double us = seconds * 1e6;
    if (us < 999.5) {
        return three_digits(us).append(unicode ? " µs" : " us");
    }
    return us < 999.5e3 ? three_digits(us / 1e3).append(" ms") : three_digits(seconds).append(" s");
}

std::string as_bytes(double bytes) {
    return bytes < 999.5 ? fixed(bytes, 0).append(" B")
                         : in_units(bytes / 1024, 1024, {" KiB", " MiB", " GiB", " TiB"});
}

std::string as_rate(double per_second) {
    if (per_second > 0 && per_second < 99.95) {
        return fixed(per_second, 1);
    }
    return per_second < 9999.5 ? fixed(per_second, 0)
                               : in_units(per_second / 1e3, 1e3, {"k", "M", "G"});
}

std::string bar(double share, int cells, bool unicode) {
    static constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const int steps = unicode ? 8 : 1;
    const auto filled = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * cells * steps));
    std::string text;
    for (int i = 0; i < filled / steps; ++i) {
        text += unicode ? "█" : "|";
    }
    text += parts[static_cast<std::size_t>(filled % steps)];
    return text.append(static_cast<std::size_t>(cells - width(text)), unicode ? ' ' : '.');
}

}  // namespace top
