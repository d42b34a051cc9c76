// SPDX-License-Identifier: MIT

/// \file
/// A study as one page of HTML: no scripts, nothing to load, light and dark.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/hardware/figure_list.hpp>

#include "report.hpp"

namespace plan {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --page: #fbfbfa; --ink: #1c1e21; --soft: #676d75; --line: #dcdfe3;
  --panel: #ffffff; --accent: #2563c9; --heat: 37 99 201; --bad: 200 60 60;
  --compute: #3b7dd8; --vector: #2a9d8f; --weights: #e0952a; --activations: #cf4a5c;
  --transfer: #8e6bbf; --host: #8a9099; }
@media (prefers-color-scheme: dark) { :root { --page: #15171a; --ink: #e7e9ec; --soft: #9aa1ab;
  --line: #343940; --panel: #1c1f23; --accent: #6ea3f5; --heat: 88 148 240; --bad: 230 100 100;
  --compute: #5b97ea; --vector: #3fb8a9; --weights: #e8a94a; --activations: #e26c7c;
  --transfer: #a98ad6; --host: #8f96a1; } }
body { margin: 2rem auto; max-width: 68rem; padding: 0 1rem; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; }
p { margin: .3rem 0; } .note { color: var(--soft); font-size: .87rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: .8rem 1rem; overflow-x: auto; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: .8rem 0 0; }
.figures div { min-width: 7rem; } .figures b { display: block; font-size: 1.25rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .87rem;
  font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line); }
th, td { padding: .22rem .6rem; white-space: nowrap; } td { text-align: right; border-bottom: 1px solid var(--line); }
th.text, td.text { text-align: left; } td.source { text-align: left; min-width: 22rem; white-space: normal; }
td.heat { background: rgb(var(--heat) / calc(var(--h) * .5)); }
td.wait { background: rgb(var(--bad) / calc(var(--h) * .4)); }
tr.chosen td { font-weight: 600; } tr.group td { border-top: 2px solid var(--soft); }
.fail { color: rgb(var(--bad)); }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
svg .label { fill: var(--ink); stroke: var(--panel); stroke-width: 3px; paint-order: stroke; } svg .grid { stroke: var(--line); }
svg .front { stroke: var(--accent); fill: none; stroke-width: 1.5; }
svg .point { fill: var(--soft); opacity: .45; } svg .best { fill: var(--accent); }
svg .ring { fill: none; stroke: var(--ink); stroke-width: 2; }
svg .budget { stroke: rgb(var(--bad)); stroke-dasharray: 5 4; }
.compute { fill: var(--compute); background: var(--compute); }
.vector { fill: var(--vector); background: var(--vector); }
.weights { fill: var(--weights); background: var(--weights); }
.activations { fill: var(--activations); background: var(--activations); }
.transfer { fill: var(--transfer); background: var(--transfer); }
.host { fill: var(--host); background: var(--host); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .87rem; margin: .2rem 0 .6rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .35rem; }
.bar { display: inline-block; height: .7rem; vertical-align: middle; }
summary { cursor: pointer; color: var(--soft); }
)";

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '<': safe.append("&lt;"); break;
            case '>': safe.append("&gt;"); break;
            case '&': safe.append("&amp;"); break;
            case '"': safe.append("&quot;"); break;
            default: safe.push_back(c);
        }
    }
    return safe;
}

/// A page under construction.
class page {
public:
    template <class... Parts>
    page& add(const Parts&... parts) {
        (text_.append(parts), ...);
        return *this;
    }
    page& cell(std::string_view text, std::string_view kind = "") {
        return add("<td", kind.empty() ? "" : " class=\"", kind, kind.empty() ? ">" : "\">",
                   escaped(text), "</td>");
    }
    /// A cell that is the darker the closer `part` is to 1.
    page& heat(std::string_view text, double part, std::string_view kind) {
        return add("<td class=\"", kind, "\" style=\"--h:", fixed(part, 2), "\">", escaped(text),
                   "</td>");
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string described(const configuration& c) {
    return std::string("batch ")
        .append(std::to_string(c.how.batch))
        .append(", ")
        .append(std::to_string(c.how.pipeline_cores))
        .append(c.how.pipeline_cores == 1 ? " core, " : " cores, ")
        .append(std::to_string(c.how.copies))
        .append(c.how.copies == 1 ? " copy" : " copies");
}

void add_summary(page& out, const study& s) {
    const soma::instance& where = *s.asked.where;
    out.add("<h1>", escaped(s.asked.network.name), " on ", escaped(where.name), " in ",
            escaped(s.asked.precision->name), "</h1>\n<p class=\"note\">",
            std::to_string(where.chips), " &times; ", escaped(where.chip.name), ", ",
            std::to_string(where.cores()), " &times; ", escaped(where.chip.core.name),
            ". Every figure about speed, memory or cost on this page is predicted; none is "
            "measured.</p>\n<h2>Chosen configuration</h2>\n<div class=\"panel\">");
    if (!s.chosen.found) {
        out.add("<p class=\"fail\">", escaped(failure_of(s)), "</p></div>\n");
        return;
    }
    const soma::prediction& p = s.chosen.expected;
    const auto figure = [&](const std::string& value, std::string_view what) {
        out.add("<div><b>", value, "</b><span class=\"note\">", what, "</span></div>");
    };
    out.add("<code>", escaped(spelled(s.asked, s.chosen.how)), "</code><div class=\"figures\">");
    figure(grouped(p.throughput), "samples/s, predicted");
    figure(fixed(p.latency_ms, 2).append(" ms"), "latency under load, predicted");
    figure(fixed(p.unloaded_ms, 2).append(" ms"), "latency of a call by itself, predicted");
    if (p.dollars_per_million > 0) {
        figure(std::string("$").append(fixed(p.dollars_per_million, 4)),
               "per million inferences, predicted");
    }
    figure(std::string(name(p.weights)), "weights");
    figure(std::string(name(p.bottleneck)), "bottleneck");
    out.add("</div>\n<p class=\"note\">The highest predicted throughput",
            s.asked.latency_ms
                ? std::string(" within ").append(trimmed(*s.asked.latency_ms)).append(" ms")
                : std::string(),
            ".</p></div>\n");
}

void add_placement(page& out, const study& s) {
    const soma::placement_summary& p = s.placement;
    out.add("<h2>Placement</h2>\n<div class=\"panel\"><p>", std::to_string(p.core_nodes), " of ",
            std::to_string(p.core_nodes + p.host_nodes), " operators on cores (",
            fixed(100 * p.placed_operators(), 1), " %), ", fixed(100 * p.placed_flops(), 1),
            " % of ", fixed(static_cast<double>(p.flops_total) * 1e-9, 2),
            " GFLOP per sample; subgraphs: ", std::to_string(p.subgraphs), ".</p>");
    for (std::size_t i = 0; i < s.places.size(); ++i) {
        if (s.places[i].on_host) {
            out.add("<p>On the host: node ", std::to_string(i), ", ",
                    escaped(name(s.model.operations[i].kind)), ": ", escaped(name(s.places[i].why)),
                    ".</p>");
        }
    }
    out.add("</div>\n");
}

void add_sweep(page& out, const study& s) {
    double highest = 0, slowest = 0;
    for (const configuration& c : s.all) {
        if (c.most_copies && c.expected.fits()) {
            highest = std::max(highest, c.expected.throughput);
            slowest = std::max(slowest, c.expected.latency_ms);
        }
    }
    out.add("<h2>Sweep</h2>\n<p class=\"note\">",
            s.asked.copies == 0 ? "As many copies as the instance holds."
                                : "The copies that were asked for.",
            " Throughput is that of the whole instance; needed is what the fullest core's memory "
            "would have to hold for every weight to stay there.</p>\n<div class=\"panel\"><table>"
            "<tr><th>batch</th><th>cores</th><th>copies</th><th class=\"text\">weights</th>"
            "<th>predicted ms</th><th>predicted samples/s</th><th>placed</th><th>needed</th>"
            "<th>available</th><th class=\"text\">bottleneck</th><th>$ per million</th></tr>\n");
    int cores = 0;
    for (const configuration& c : s.all) {
        if (!c.most_copies) {
            continue;
        }
        const soma::prediction& p = c.expected;
        const bool chosen = s.chosen.found && c.how == s.chosen.how;
        out.add("<tr class=\"", chosen ? "chosen" : "",
                cores != 0 && cores != c.how.pipeline_cores ? " group" : "", "\">");
        cores = c.how.pipeline_cores;
        out.cell(std::to_string(c.how.batch))
            .cell(std::to_string(c.how.pipeline_cores))
            .cell(std::to_string(c.how.copies))
            .cell(state_of(c), p.fits() ? "text" : "text fail");
        if (p.fits()) {
            // Latencies are many times apart: their colour follows the logarithm.
            out.heat(fixed(p.latency_ms, 2),
                     slowest > 1 ? std::max(0.0, std::log(p.latency_ms) / std::log(slowest)) : 0,
                     "wait")
                .heat(grouped(p.throughput), std::pow(p.throughput / highest, 2), "heat")
                .cell(fixed(100 * p.placed_flops, 1).append(" %"))
                .cell(megabytes(static_cast<double>(c.needed_bytes)))
                .cell(megabytes(static_cast<double>(c.available_bytes)))
                .cell(name(p.bottleneck), "text")
                .cell(p.dollars_per_million > 0 ? fixed(p.dollars_per_million, 4) : "");
        } else {
            out.add("<td></td><td></td><td></td>");
            const bool bytes =
                p.problem != soma::misfit::cores && p.problem != soma::misfit::stages;
            const auto amount = [&](long long n) {
                return bytes ? megabytes(static_cast<double>(n)) : std::to_string(n);
            };
            out.cell(amount(p.needed)).cell(amount(p.available)).add("<td></td><td></td>");
        }
        out.add("</tr>\n");
    }
    out.add("</table></div>\n");
}

/// 1, 2 or 5 times a power of ten: about `count` steps up to `most`.
double tick_step(double most, int count) {
    const double raw = most / count;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double part = raw / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

/// Where the Pareto plot draws: latency to the right in powers of ten, throughput upwards.
struct plot_area {
    double left = 70, right = 880, top = 16, bottom = 380;
    double least = 0, most = 1, highest = 1;

    explicit plot_area(const study& s) {
        bool first = true;
        for (const configuration& c : s.all) {
            if (c.expected.fits()) {
                const double x = std::log10(c.expected.latency_ms);
                least = first ? x : std::min(least, x);
                most = first ? x : std::max(most, x);
                highest = first ? c.expected.throughput : std::max(highest, c.expected.throughput);
                first = false;
            }
        }
        least -= 0.05;
        most += 0.05;
        highest *= 1.06;
    }
    [[nodiscard]] double x(double latency_ms) const {
        return left + (std::log10(latency_ms) - least) / (most - least) * (right - left);
    }
    [[nodiscard]] double y(double throughput) const {
        return bottom - throughput / highest * (bottom - top);
    }
};

void add_line(page& out, double x1, double y1, double x2, double y2, std::string_view kind) {
    out.add("<line x1=\"", fixed(x1, 1), "\" y1=\"", fixed(y1, 1), "\" x2=\"", fixed(x2, 1),
            "\" y2=\"", fixed(y2, 1), "\" class=\"", kind, "\"/>");
}

void add_text(page& out,
              double x,
              double y,
              std::string_view anchor,
              std::string_view text,
              std::string_view kind = "") {
    out.add("<text x=\"", fixed(x, 1), "\" y=\"", fixed(y, 1), "\" text-anchor=\"", anchor,
            "\" class=\"", kind, "\">", escaped(text), "</text>");
}

void add_axes(page& out, const plot_area& area) {
    const double step = tick_step(area.highest, 6);
    for (double value = 0; value <= area.highest; value += step) {
        add_line(out, area.left, area.y(value), area.right, area.y(value), "grid");
        add_text(out, area.left - 8, area.y(value) + 4, "end", grouped(value));
    }
    for (double power = std::pow(10, std::floor(area.least)); std::log10(power) <= area.most;
         power *= 10) {
        for (const int digit : {1, 2, 5}) {
            const double value = power * digit;
            if (std::log10(value) >= area.least && std::log10(value) <= area.most) {
                add_line(out, area.x(value), area.top, area.x(value), area.bottom, "grid");
                add_text(out, area.x(value), area.bottom + 18, "middle",
                         fixed(value, value < 1 ? 2 : 0));
            }
        }
    }
    add_text(out, (area.left + area.right) / 2, area.bottom + 40, "middle",
             "predicted latency in ms, logarithmic", "label");
    out.add("<text transform=\"translate(14 ", fixed((area.top + area.bottom) / 2, 1),
            ") rotate(-90)\" text-anchor=\"middle\" class=\"label\">predicted throughput in "
            "samples/s</text>");
}

/// Above and to the left of the front there is nothing, so that is where its labels are. The chosen
/// one has a label, and of the others those that do not lie on another.
void add_labels(page& out, const study& s, const plot_area& area) {
    constexpr double clear = 17, widest = 150;
    std::vector<double> taken;
    const auto label = [&](const configuration& c) {
        const double x = area.x(c.expected.latency_ms), y = area.y(c.expected.throughput);
        const bool at_left = x - widest > area.left;
        for (const double other : taken) {
            if (std::abs(other - y) < clear) {
                return;
            }
        }
        taken.push_back(y);
        add_text(out, x + (at_left ? -10 : 10), y + (at_left ? -5 : 16), at_left ? "end" : "start",
                 described(c), "label");
    };
    for (const configuration& c : s.all) {
        if (s.chosen.found && c.how == s.chosen.how) {
            label(c);
        }
    }
    for (const std::size_t i : s.front) {
        label(s.all[i]);
    }
}

void add_plot(page& out, const study& s) {
    if (s.front.empty()) {
        return;
    }
    const plot_area area(s);
    out.add(
        "<h2>Latency against throughput</h2>\n<p class=\"note\">Every configuration, fewer "
        "copies included. On the line is what no other configuration beats in both respects; "
        "the ring is the chosen one. Point at a mark for its figures.</p>\n<div "
        "class=\"panel\"><svg viewBox=\"0 0 900 430\" role=\"img\" aria-label=\"Predicted "
        "throughput against predicted latency\">\n");
    add_axes(out, area);
    if (s.asked.latency_ms) {
        const double x = area.x(*s.asked.latency_ms);
        if (x >= area.left && x <= area.right) {
            add_line(out, x, area.top, x, area.bottom, "budget");
            add_text(out, x + 5, area.bottom - 6, "start", "latency budget");
        }
    }
    out.add("\n<polyline class=\"front\" points=\"");
    double last = area.bottom;
    for (const std::size_t i : s.front) {
        const soma::prediction& p = s.all[i].expected;
        out.add(fixed(area.x(p.latency_ms), 1), ",", fixed(last, 1), " ",
                fixed(area.x(p.latency_ms), 1), ",", fixed(area.y(p.throughput), 1), " ");
        last = area.y(p.throughput);
    }
    out.add(fixed(area.right, 1), ",", fixed(last, 1), "\"/>\n");
    for (const bool best : {false, true}) {
        for (const configuration& c : s.all) {
            const soma::prediction& p = c.expected;
            if (!p.fits() || c.on_front != best) {
                continue;
            }
            const std::string x = fixed(area.x(p.latency_ms), 1),
                              y = fixed(area.y(p.throughput), 1);
            out.add("<circle cx=\"", x, "\" cy=\"", y, "\" r=\"", best ? "4.5" : "3", "\" class=\"",
                    best ? "best" : "point", "\"><title>", described(c), ", weights ",
                    name(p.weights), ": predicted ", fixed(p.latency_ms, 2), " ms, ",
                    grouped(p.throughput), " samples/s, bottleneck ", name(p.bottleneck),
                    "</title></circle>\n");
            if (s.chosen.found && c.how == s.chosen.how) {
                out.add("<circle cx=\"", x, "\" cy=\"", y, "\" r=\"9\" class=\"ring\"/>\n");
            }
        }
    }
    add_labels(out, s, area);
    out.add("</svg></div>\n");
}

void add_legend(page& out) {
    out.add("<div class=\"legend\">");
    for (int k = 0; k < soma::stall_count; ++k) {
        const std::string_view cause = name(static_cast<soma::stall>(k));
        out.add("<span><i class=\"", cause, "\"></i>", cause, "</span>");
    }
    out.add("</div>");
}

void add_bar(page& out,
             double y,
             const std::string& label,
             double seconds,
             const double (&stalled)[soma::stall_count],
             double longest) {
    constexpr double left = 190, width = 590;
    add_text(out, left - 10, y + 14, "end", label, "label");
    double x = left;
    for (int k = 0; k < soma::stall_count; ++k) {
        const double size = stalled[k] / longest * width;
        if (size <= 0) {
            continue;
        }
        const std::string_view cause = name(static_cast<soma::stall>(k));
        out.add("<rect x=\"", fixed(x, 2), "\" y=\"", fixed(y, 1), "\" width=\"", fixed(size, 2),
                "\" height=\"20\" class=\"", cause, "\"><title>", escaped(label), ", ", cause,
                ": predicted ", fixed(stalled[k] * 1e3, 3), " ms</title></rect>");
        x += size;
    }
    add_text(out, x + 8, y + 14, "start", fixed(seconds * 1e3, 3).append(" ms"));
    out.add("\n");
}

void add_stages(page& out, const study& s) {
    const double host = s.chosen.expected.host_ms * 1e-3;
    double longest = host;
    for (int i = 0; i < s.stages.count; ++i) {
        longest = std::max(longest, s.stages.at[i].seconds);
    }
    const int rows = s.stages.count + 1;
    out.add(
        "<h2>Stages of the chosen configuration</h2>\n<p class=\"note\">Predicted time of one "
        "call of ",
        std::to_string(s.chosen.how.batch), s.chosen.how.batch == 1 ? " sample" : " samples",
        ": the host, then each core in turn. Many calls are on their way at once, so the "
        "longest bar sets the pace.</p>\n<div class=\"panel\">");
    add_legend(out);
    out.add("<svg viewBox=\"0 0 900 ", std::to_string(rows * 28 + 4),
            "\" role=\"img\" aria-label=\"Predicted time of each stage by cause\">\n");
    const double host_only[soma::stall_count] = {0, 0, 0, 0, 0, host};
    add_bar(out, 2, "host", host, host_only, longest);
    for (int i = 0; i < s.stages.count; ++i) {
        const soma::stage_prediction& stage = s.stages.at[i];
        add_bar(out, 2 + 28.0 * (i + 1),
                std::string("stage ")
                    .append(std::to_string(i))
                    .append(", nodes ")
                    .append(std::to_string(stage.first))
                    .append("-")
                    .append(std::to_string(stage.last - 1)),
                stage.seconds, stage.stalled, longest);
    }
    out.add("</svg></div>\n");
}

void add_nodes(page& out, const study& s) {
    double longest = 0;
    for (const node_row& n : s.nodes) {
        longest = std::max(longest, n.waits.seconds);
    }
    out.add("<h2>Nodes of the chosen configuration</h2>\n<div class=\"panel\">");
    add_legend(out);
    out.add("<details open><summary>", std::to_string(s.nodes.size()),
            " nodes: predicted microseconds of one call, by what they are spent on</summary><table>"
            "<tr><th>node</th><th class=\"text\">operator</th><th>stage</th><th>MFLOP</th>"
            "<th>weights</th>");
    for (int k = 0; k < soma::stall_count; ++k) {
        out.add("<th>", name(static_cast<soma::stall>(k)), "</th>");
    }
    out.add("<th>sum</th><th class=\"text\">share</th></tr>\n");
    for (const node_row& n : s.nodes) {
        out.add("<tr>")
            .cell(std::to_string(n.number))
            .cell(name(n.kind), "text")
            .cell(n.waits.stage < 0 ? "host" : std::to_string(n.waits.stage))
            .cell(fixed(static_cast<double>(n.flops) * 1e-6, 1))
            .cell(n.weight_bytes == 0 ? "" : megabytes(static_cast<double>(n.weight_bytes)));
        for (const double part : n.waits.stalled) {
            out.cell(part > 0 ? fixed(part * 1e6, 1) : "");
        }
        out.cell(fixed(n.waits.seconds * 1e6, 1)).add("<td class=\"text\">");
        for (int k = 0; k < soma::stall_count; ++k) {
            if (n.waits.stalled[k] > 0 && longest > 0) {
                out.add("<span class=\"bar ", name(static_cast<soma::stall>(k)),
                        "\" style=\"width:", fixed(n.waits.stalled[k] / longest * 5, 3),
                        "rem\"></span>");
            }
        }
        out.add("</td></tr>\n");
    }
    out.add("</table></details></div>\n");
}

template <class Hardware>
void add_figures(page& out, std::string_view of, const Hardware& hardware) {
    soma::each_figure(hardware,
                      [&](std::string_view what, std::string_view unit, const soma::figure& f) {
                          char value[32];
                          std::snprintf(value, sizeof value, "%.4g", f.value);
                          out.add("<tr>")
                              .cell(of, "text")
                              .cell(what, "text")
                              .cell(std::string(value).append(" ").append(unit))
                              .cell(name(f.known), "text")
                              .cell(f.source, "source")
                              .add("</tr>\n");
                      });
}

void add_hardware(page& out, const study& s) {
    const soma::instance& where = *s.asked.where;
    out.add(
        "<h2>Figures of the hardware</h2>\n<div class=\"panel\"><table><tr><th "
        "class=\"text\">of</th><th class=\"text\">figure</th><th>value</th><th "
        "class=\"text\">known</th><th class=\"text\">source</th></tr>\n");
    add_figures(out, where.chip.core.name, where.chip.core);
    add_figures(out, where.chip.name, where.chip);
    add_figures(out, where.name, where);
    const soma::calibration& c = soma::calibrated;
    out.add(
        "</table></div>\n<h2>Calibrated parameters of the cost model</h2>\n<p "
        "class=\"note\">All there are, fitted to published measurements; the same for every "
        "network, batch and instance.</p>\n<div class=\"panel\"><table><tr><th "
        "class=\"text\">parameter</th><th>value</th></tr>\n<tr>");
    out.cell("part of the tensor engine's cycles that multiply", "text")
        .cell(fixed(c.tensor_efficiency, 3))
        .add("</tr>\n<tr>")
        .cell("passes over each element that the vector engine reads", "text")
        .cell(fixed(c.vector_passes, 3))
        .add("</tr>\n<tr>")
        .cell("host time of each call", "text")
        .cell(fixed(c.call_seconds * 1e6, 1).append(" us"))
        .add("</tr>\n<tr>")
        .cell("between the caller's tensors and device memory", "text")
        .cell(fixed(c.host_bytes_per_second * 1e-9, 2).append(" GB/s"))
        .add("</tr>\n</table></div>\n");
}

}  // namespace

std::string html_of(const study& s) {
    page out;
    out.add(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
        "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
        escaped(s.asked.network.name), " on ", escaped(s.asked.where->name),
        ": predicted</title><style>", style, "</style></head><body>\n");
    add_summary(out, s);
    add_placement(out, s);
    add_sweep(out, s);
    add_plot(out, s);
    if (s.chosen.found) {
        add_stages(out, s);
        add_nodes(out, s);
    }
    add_hardware(out, s);
    out.add("</body></html>\n");
    return out.take();
}

}  // namespace plan
