// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ostream>

#include <nlohmann/json.hpp>

#include <soma/perf/json_report.hpp>
#include <soma/perf/table.hpp>

namespace serve_many {

namespace {

namespace perf = soma::perf;

/// A class of latencies, half an octave wide.
struct bin {
    double low, high;
};

std::vector<bin> bins_for(const std::vector<const row*>& rows) {
    double least = 1e9;
    double most = 0.0;
    for (const row* r : rows) {
        if (!r->seen.latency_ms.empty()) {
            least = std::min(least, r->seen.latency_ms.front());
            most = std::max(most, r->seen.latency_ms.back());
        }
    }
    std::vector<bin> bins;
    if (most > 0.0) {
        const double step = std::sqrt(2.0);
        double low = std::pow(step, std::floor(std::log(std::max(least, 1e-3)) / std::log(step)));
        for (; low <= most; low *= step) {
            bins.push_back({low, low * step});
        }
    }
    return bins;
}

double share_in(const experience& seen, const bin& b) {
    const auto& all = seen.latency_ms;
    const auto from = std::lower_bound(all.begin(), all.end(), b.low);
    const auto to = std::lower_bound(all.begin(), all.end(), b.high);
    return all.empty() ? 0.0 : static_cast<double>(to - from) / static_cast<double>(all.size());
}

void print_distribution(std::ostream& out, const std::vector<const row*>& rows) {
    std::vector<std::string> headings = {std::string(rows.front()->network) + ", ms"};
    for (const row* r : rows) {
        headings.emplace_back(r->schedule);
    }
    perf::table table(std::move(headings));
    constexpr double width = 24.0;  // characters for all requests
    for (const bin& b : bins_for(rows)) {
        std::vector<perf::cell> cells = {perf::fixed(b.low, 3) + " - " + perf::fixed(b.high, 3)};
        for (const row* r : rows) {
            const double share = share_in(r->seen, b);
            const auto marks = static_cast<std::size_t>(std::ceil(share * width));
            cells.emplace_back(std::string(marks, '#')
                               + (share > 0 ? " " + perf::fixed(100 * share, 1) + " %" : ""));
        }
        table.add(std::move(cells));
    }
    out << '\n';
    table.print(out);
}

}  // namespace

bool row::accounted_for() const noexcept {
    const soma::request_counts& c = seen.counts;
    const soma::request_counts& s = served.requests;
    return c.submitted == s.submitted && c.done == s.done && c.refused == s.refused
           && c.cancelled == s.cancelled && c.expired == s.expired && c.failed == s.failed
           && s.ended() == s.submitted;
}

void print(std::ostream& out, const std::vector<row>& rows) {
    perf::table table({"schedule", "network", "offered/s", "done/s", "p50 ms", "p90 ms", "p99 ms",
                       "p99.9 ms", "max ms", "refused", "fill %", "switches", "cores busy %"});
    std::vector<std::string_view> networks;
    std::size_t good = 0;
    for (const row& r : rows) {
        const auto per_s = [&](std::uint64_t count) {
            return perf::cell(static_cast<double>(count) / r.seconds, 0);
        };
        const auto ms = [&](double p) { return perf::cell(r.seen.percentile(p), 3); };
        table.add({std::string(r.schedule), std::string(r.network), per_s(r.seen.counts.submitted),
                   per_s(r.seen.counts.done), ms(0.5), ms(0.9), ms(0.99), ms(0.999), ms(1.0),
                   r.seen.counts.refused, perf::cell(100 * r.served.batch_fill(), 1),
                   r.context_switches, perf::cell(100 * r.busy, 1)});
        if (std::find(networks.begin(), networks.end(), r.network) == networks.end()) {
            networks.push_back(r.network);
        }
        good += r.accounted_for() ? 1U : 0U;
    }
    table.print(out);
    for (const std::string_view name : networks) {
        std::vector<const row*> of_one;
        for (const row& r : rows) {
            if (r.network == name) {
                of_one.push_back(&r);
            }
        }
        print_distribution(out, of_one);
    }
    out << '\n' << good << " of " << rows.size() << " rows account for every request\n";
}

std::string json_of(const perf::environment& machine, const std::vector<row>& rows) {
    auto list = nlohmann::ordered_json::array();
    for (const row& r : rows) {
        const soma::request_counts& c = r.seen.counts;
        list.push_back({{"schedule", r.schedule},
                        {"network", r.network},
                        {"requests_per_s", r.asked.rate},
                        {"clients", r.asked.clients},
                        {"seconds", r.seconds},
                        {"submitted", c.submitted},
                        {"done", c.done},
                        {"refused", c.refused},
                        {"cancelled", c.cancelled},
                        {"expired", c.expired},
                        {"failed", c.failed},
                        {"accounted_for", r.accounted_for()},
                        {"p50_ms", r.seen.percentile(0.5)},
                        {"p90_ms", r.seen.percentile(0.9)},
                        {"p99_ms", r.seen.percentile(0.99)},
                        {"p99_9_ms", r.seen.percentile(0.999)},
                        {"max_ms", r.seen.percentile(1.0)},
                        {"batch_fill", r.served.batch_fill()},
                        {"context_switches", r.context_switches},
                        {"cores_busy", r.busy}});
    }
    const nlohmann::ordered_json all = {{"environment", machine}, {"rows", std::move(list)}};
    return all.dump(2) + '\n';
}

}  // namespace serve_many
