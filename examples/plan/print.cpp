// SPDX-License-Identifier: MIT

/// \file
/// A study in a terminal.

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include "report.hpp"

namespace plan {

namespace {

constexpr std::size_t width = 64, height = 16;  // of the plot, in characters

std::string padded(std::string text, std::size_t size) {
    return text.size() < size ? std::string(size - text.size(), ' ').append(text) : text;
}

void print_placement(std::ostream& out, const study& s) {
    const soma::placement_summary& p = s.placement;
    out << "placement   " << p.core_nodes << " of " << p.core_nodes + p.host_nodes
        << " operators on cores (" << fixed(100 * p.placed_operators(), 1) << " %), "
        << fixed(100 * p.placed_flops(), 1) << " % of "
        << fixed(static_cast<double>(p.flops_total) * 1e-9, 2) << " GFLOP per sample, "
        << p.subgraphs << (p.subgraphs == 1 ? " subgraph\n" : " subgraphs\n");
    for (std::size_t i = 0; i < s.places.size(); ++i) {
        if (s.places[i].on_host) {
            out << "  on the host: node " << i << ", " << name(s.model.operations[i].kind) << ": "
                << name(s.places[i].why) << '\n';
        }
    }
}

void print_row(std::ostream& out, const study& s, const configuration& c) {
    const soma::prediction& p = c.expected;
    const bool chosen = s.chosen.found && c.how == s.chosen.how;
    out << (chosen       ? '>'
            : c.on_front ? '*'
                         : ' ')
        << padded(std::to_string(c.how.batch), 5) << padded(std::to_string(c.how.pipeline_cores), 7)
        << padded(std::to_string(c.how.copies), 8) << "  ";
    if (!p.fits()) {
        out << state_of(c) << ": "
            << (p.problem == soma::misfit::stages || p.problem == soma::misfit::cores
                    ? std::to_string(p.needed)
                          .append(" needed, ")
                          .append(std::to_string(p.available))
                    : megabytes(static_cast<double>(p.needed))
                          .append(" needed, ")
                          .append(megabytes(static_cast<double>(p.available))))
            << " available";
        if (p.problem_stage >= 0) {
            out << " in stage " << p.problem_stage;
        }
        out << '\n';
        return;
    }
    std::string state = state_of(c);
    state.resize(8, ' ');
    out << state << padded(fixed(p.latency_ms, 2), 12) << padded(grouped(p.throughput), 12)
        << padded(fixed(100 * p.placed_flops, 1), 9)
        << padded(megabytes(static_cast<double>(c.needed_bytes)), 11)
        << padded(megabytes(static_cast<double>(c.available_bytes)), 11) << "  "
        << name(p.bottleneck) << '\n';
}

void print_sweep(std::ostream& out, const study& s) {
    out << "\npredicted, with "
        << (s.asked.copies == 0 ? "as many copies as the instance holds" : "the copies asked for")
        << "; > chosen, * on the Pareto front\n"
        << " batch  cores  copies  weights   latency ms   samples/s  placed %   a core needs      "
           "has  bottleneck\n";
    int cores = 0;
    for (const configuration& c : s.all) {
        if (c.most_copies) {
            out << (cores != 0 && cores != c.how.pipeline_cores ? "\n" : "");
            cores = c.how.pipeline_cores;
            print_row(out, s, c);
        }
    }
}

/// Latency to the right, in powers of ten; throughput upwards.
void print_plot(std::ostream& out, const study& s) {
    double least = 0, most = 0, highest = 0;
    for (const configuration& c : s.all) {
        if (c.expected.fits()) {
            const double x = std::log10(c.expected.latency_ms);
            least = highest == 0 ? x : std::min(least, x);
            most = highest == 0 ? x : std::max(most, x);
            highest = std::max(highest, c.expected.throughput);
        }
    }
    if (highest == 0) {
        return;
    }
    std::array<std::string, height> rows;
    rows.fill(std::string(width, ' '));
    const auto draw = [&](const configuration& c, char mark) {
        const double x =
            most > least ? (std::log10(c.expected.latency_ms) - least) / (most - least) : 0;
        const auto column = static_cast<std::size_t>(std::lround(x * (width - 1)));
        const auto row =
            static_cast<std::size_t>(std::lround(c.expected.throughput / highest * (height - 1)));
        rows[height - 1 - row][column] = mark;
    };
    for (const configuration& c : s.all) {
        if (c.expected.fits()) {
            draw(c, '.');
        }
    }
    for (const std::size_t i : s.front) {
        draw(s.all[i], '*');
    }
    for (const configuration& c : s.all) {
        if (s.chosen.found && c.how == s.chosen.how) {
            draw(c, 'O');
        }
    }
    out << "\npredicted throughput in samples/s against latency: . every configuration, * Pareto "
           "front, O chosen\n";
    for (std::size_t row = 0; row < height; ++row) {
        const double value = highest * static_cast<double>(height - 1 - row) / (height - 1);
        out << padded(row % 5 == 0 ? grouped(value) : "", 9) << " |" << rows[row] << '\n';
    }
    const std::string first = fixed(std::pow(10, least), 2), last = fixed(std::pow(10, most), 2);
    out << padded("", 9) << " +" << std::string(width, '-') << '\n'
        << padded("", 11) << first << padded(last, width - first.size()) << " ms\n";
    out << "\nPareto front, predicted\n batch  cores  copies   latency ms   samples/s   $ per "
           "million\n";
    for (const std::size_t i : s.front) {
        const configuration& c = s.all[i];
        out << (s.chosen.found && c.how == s.chosen.how ? '>' : ' ')
            << padded(std::to_string(c.how.batch), 5)
            << padded(std::to_string(c.how.pipeline_cores), 7)
            << padded(std::to_string(c.how.copies), 8)
            << padded(fixed(c.expected.latency_ms, 2), 13)
            << padded(grouped(c.expected.throughput), 12)
            << padded(fixed(c.expected.dollars_per_million, 4), 16) << '\n';
    }
}

void print_choice(std::ostream& out, const study& s) {
    const soma::prediction& p = s.chosen.expected;
    out << "\nchosen      "
        << (s.asked.latency_ms ? std::string("highest predicted throughput within ")
                                     .append(trimmed(*s.asked.latency_ms))
                                     .append(" ms")
                               : std::string("highest predicted throughput"))
        << "\n  " << spelled(s.asked, s.chosen.how) << "\n  predicted: " << grouped(p.throughput)
        << " samples/s, " << fixed(p.latency_ms, 2) << " ms with " << p.how.workers
        << (p.how.workers == 1 ? " worker" : " workers") << " a copy (" << fixed(p.unloaded_ms, 2)
        << " ms for a call by itself), weights " << name(p.weights)
        << ", bottleneck: " << name(p.bottleneck) << '\n';
    if (p.dollars_per_million > 0) {
        out << "  predicted cost: $" << fixed(p.dollars_per_million, 4)
            << " per million inferences at $" << fixed(s.asked.where->price_per_hour, 3)
            << " an hour\n";
    }
}

}  // namespace

std::string failure_of(const study& s) {
    if (s.chosen.found) {
        return {};
    }
    const std::string what =
        std::string(s.asked.network.name).append(" on ").append(s.asked.where->name);
    if (!s.fastest.found) {
        return std::string("no configuration of ").append(what).append(" can be loaded");
    }
    return std::string("no configuration of ")
        .append(what)
        .append(" has a predicted latency of at most ")
        .append(trimmed(s.asked.latency_ms.value_or(0)))
        .append(" ms; the lowest is ")
        .append(fixed(s.fastest.expected.latency_ms, 3))
        .append(" ms: ")
        .append(spelled(s.asked, s.fastest.how));
}

void print(std::ostream& out, const study& s) {
    const soma::instance& where = *s.asked.where;
    out << "model       " << s.asked.network.name << " in " << s.asked.precision->name << ", "
        << s.places.size() << " nodes\n"
        << "instance    " << where.name << ": " << where.chips << " x " << where.chip.name << ", "
        << where.cores() << " x " << where.chip.core.name << '\n';
    print_placement(out, s);
    print_sweep(out, s);
    print_plot(out, s);
    if (s.chosen.found) {
        print_choice(out, s);
    }
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) {
        throw bad_input(std::string(path).append(": cannot be written"));
    }
}

}  // namespace plan
