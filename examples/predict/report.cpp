// SPDX-License-Identifier: MIT

#include "predict/report.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <soma/io/load_error.hpp>
#include <soma/perf/table.hpp>

namespace published {

namespace {

using nlohmann::ordered_json;
using soma::perf::cell;
using soma::perf::fixed;

/// `value` with `digits` significant digits, no exponent where that is as short.
std::string significant(double value, int digits) {
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    return {text, end};
}

/// A number at the right edge of its column; `-` where there is none.
cell number(std::string text) {
    cell result(text);
    result.number = true;
    return result;
}
cell number(std::optional<double> value, int digits) {
    return number(value ? fixed(*value, digits) : "-");
}

/// A name from a file, fit for a terminal.
std::string printable(const std::string& name) {
    const std::string quoted = soma::io::in_quotes(name);
    return quoted.substr(1, quoted.size() - 2);
}

std::string percent(double part) {
    return fixed(100 * part, 1).append(" %");
}
cell signed_percent(std::optional<double> part) {
    return number(part ? (*part < 0 ? "" : "+") + percent(*part) : "-");
}

/// Throughputs reach from 50 to 50 000: four digits of each.
cell rate(std::optional<double> value) {
    return number(value, value && *value >= 1000 ? 0 : 1);
}

std::string errors_of(const error_summary& errors) {
    if (errors.size == 0) {
        return "none was published";
    }
    return std::string("median error ")
        .append(percent(errors.median))
        .append(", worst ")
        .append(percent(errors.worst))
        .append(" (")
        .append(printable(errors.worst_row->id))
        .append("), ")
        .append(std::to_string(errors.size))
        .append(errors.size == 1 ? " row" : " rows");
}

std::string correlation_of(std::span<const outcome> outcomes) {
    const double coefficient = throughput_correlation(outcomes);
    return std::isnan(coefficient) ? "no rank correlation of so few rows"
                                   : "rank correlation " + fixed(coefficient, 3);
}

void print_rows(std::ostream& out, std::span<const outcome> outcomes) {
    soma::perf::table rows({"row", "published /s", "predicted /s", "error", "published ms",
                            "predicted ms", "error", "in flight", "workers x models",
                            "bottleneck"});
    for (const outcome& o : outcomes) {
        const row& r = *o.of;
        const soma::prediction& p = o.predicted;
        const bool fits = p.fits();
        const auto predicted = [fits](double value) {
            return fits ? std::optional(value) : std::nullopt;
        };
        std::optional<double> in_flight;
        if (r.throughput && r.latency_ms) {
            in_flight = *r.throughput * *r.latency_ms / 1e3 / r.how.batch;
        }
        rows.add({printable(r.id), rate(r.throughput), rate(predicted(p.throughput)),
                  signed_percent(o.throughput_error), number(r.latency_ms, 2),
                  number(predicted(p.latency_ms), 2), signed_percent(o.latency_error),
                  number(in_flight, 2), number(std::to_string(p.how.workers * p.how.copies)),
                  fits ? std::string(name(p.bottleneck)) : "does not fit"});
    }
    rows.print(out);
}

/// The parameters as C++ that hardware/calibration.hpp could have.
void print_parameters(std::ostream& out, const fitted& fit) {
    const soma::calibration& c = fit.parameters;
    out << "constexpr calibration fitted{.tensor_efficiency = "
        << significant(c.tensor_efficiency, 4)
        << ",\n                             .vector_passes = " << significant(c.vector_passes, 4)
        << ",\n                             .call_seconds = " << significant(c.call_seconds, 4)
        << ",\n                             .host_bytes_per_second = "
        << significant(c.host_bytes_per_second, 4) << "};\n";
}

/// JSON has no NaN or infinity.
ordered_json json_number(std::optional<double> value) {
    return value && std::isfinite(*value) ? ordered_json(*value) : ordered_json();
}

ordered_json json_errors(std::span<const outcome> outcomes) {
    const error_summary throughput = summarise_throughput(outcomes);
    const error_summary latency = summarise_latency(outcomes);
    const auto value = [](const error_summary& from, double number) {
        return from.size > 0 ? ordered_json(number) : ordered_json();
    };
    return {{"median_error", value(throughput, throughput.median)},
            {"worst_error", value(throughput, throughput.worst)},
            {"median_latency_error", value(latency, latency.median)},
            {"worst_latency_error", value(latency, latency.worst)},
            {"spearman", json_number(throughput_correlation(outcomes))}};
}

ordered_json json_row(const outcome& o) {
    const soma::prediction& p = o.predicted;
    const auto predicted = [&](double value) {
        return p.fits() ? json_number(value) : ordered_json();
    };
    return {{"id", o.of->id},
            {"published_throughput", json_number(o.of->throughput)},
            {"predicted_throughput", predicted(p.throughput)},
            {"published_latency_ms", json_number(o.of->latency_ms)},
            {"predicted_latency_ms", predicted(p.latency_ms)},
            {"throughput_error", json_number(o.throughput_error)},
            {"latency_error", json_number(o.latency_error)},
            {"bottleneck", p.fits() ? ordered_json(name(p.bottleneck)) : ordered_json()}};
}

}  // namespace

void print(std::ostream& out, const report& r) {
    print_rows(out, r.outcomes);
    for (const outcome& o : r.outcomes) {
        if (!o.predicted.fits()) {
            out << printable(o.of->id)
                << " does not fit and counts in no error: " << why_not(o.predicted) << '\n';
        }
    }
    out << "\nthroughput  " << errors_of(summarise_throughput(r.outcomes)) << ", "
        << correlation_of(r.outcomes) << "\nlatency     "
        << errors_of(summarise_latency(r.outcomes)) << "\nleft out    ";
    if (r.left_out.empty()) {
        out << (r.outcomes.size() > most_left_out
                    ? "not computed for more than " + std::to_string(most_left_out) + " rows\n"
                    : "no row can be predicted from others\n");
    } else {
        out << errors_of(summarise_throughput(r.left_out))
            << ": each predicted with parameters fitted to the others\n";
    }
    out << "Little's law: in flight = throughput x latency / batch, published above; predicted, it "
           "is workers x models\nto "
        << significant(furthest_from_littles_law(r.outcomes), 1) << " of it in every row\n";

    if (r.fit) {
        out << "\nfitted to these rows, " << r.fit->evaluations
            << " evaluations, root mean square of log errors " << significant(r.fit->error, 4)
            << ":\n";
        print_parameters(out, *r.fit);
        out << "throughput  " << errors_of(summarise_throughput(r.refitted)) << ", "
            << correlation_of(r.refitted) << "\nlatency     "
            << errors_of(summarise_latency(r.refitted)) << '\n';
    }
}

std::string json_of(const report& r) {
    ordered_json rows = ordered_json::array();
    ordered_json misfits = ordered_json::array();
    for (const outcome& o : r.outcomes) {
        rows.push_back(json_row(o));
        if (!o.predicted.fits()) {
            misfits.push_back({{"id", o.of->id}, {"reason", why_not(o.predicted)}});
        }
    }
    ordered_json document{{"rows", std::move(rows)}};
    document.update(json_errors(r.outcomes));
    document["leave_one_out"] = json_errors(r.left_out);
    document["does_not_fit"] = std::move(misfits);
    if (r.fit) {
        const soma::calibration& c = r.fit->parameters;
        document["calibration"] = {{"tensor_efficiency", c.tensor_efficiency},
                                   {"vector_passes", c.vector_passes},
                                   {"call_seconds", c.call_seconds},
                                   {"host_bytes_per_second", c.host_bytes_per_second},
                                   {"root_mean_square", json_number(r.fit->error)}};
        document["calibration"].update(json_errors(r.refitted));
    }
    // Names in the file may be no UTF-8.
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace published
