// SPDX-License-Identifier: MIT

/// \file
/// Reads numbers and names, and says what is allowed where one is not.

#include "request.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include <soma/compile/choose.hpp>
#include <soma/hardware/instances.hpp>

namespace plan {

namespace {

constexpr int most_samples = 4096;

/// `--option: 'text' is not what is wanted; rest`.
[[noreturn]] void refuse(std::string_view option, std::string_view text, const std::string& rest) {
    throw bad_input(std::string(option).append(": '").append(text).append("' is ").append(rest));
}

std::string divisors(int cores, int most) {
    std::string all;
    for (int copies = 1; copies <= most; ++copies) {
        if (cores % copies == 0) {
            all.append(all.empty() ? "" : ", ").append(std::to_string(copies));
        }
    }
    return all;
}

void check_copies(const request& r) {
    const int cores = r.where->cores();
    const std::string name(r.where->name);
    if (cores % r.copies != 0) {
        refuse("--copies", std::to_string(r.copies),
               std::string("no number of equal NeuronCore groups on ")
                   .append(name)
                   .append(": each would have ")
                   .append(std::to_string(cores))
                   .append(" / ")
                   .append(std::to_string(r.copies))
                   .append(" cores, which must be whole; expected one of ")
                   .append(divisors(cores, cores)));
    }
    for (const int size : r.cores) {
        if (size * r.copies > cores) {
            throw bad_input(std::to_string(r.copies)
                                .append(" copies of ")
                                .append(std::to_string(size))
                                .append(" cores need ")
                                .append(std::to_string(r.copies * size))
                                .append("; ")
                                .append(name)
                                .append(" has ")
                                .append(std::to_string(cores)));
        }
    }
}

}  // namespace

std::vector<int> read_numbers(std::string_view option, std::string_view text, int least, int most) {
    std::vector<int> numbers;
    const std::string allowed = std::string("expected whole numbers from ")
                                    .append(std::to_string(least))
                                    .append(" to ")
                                    .append(std::to_string(most))
                                    .append(", separated by commas");
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        const std::string_view item = text.substr(begin, comma - begin);
        int number = 0;
        const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
        if (item.empty() || error == std::errc::invalid_argument
            || end != item.data() + item.size()) {
            refuse(option, item, std::string("no whole number; ").append(allowed));
        }
        if (error != std::errc() || number < least || number > most) {
            refuse(option, item, std::string("out of range; ").append(allowed));
        }
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
            numbers.push_back(number);
        }
        begin = comma + 1;
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

request understand(const arguments& typed) {
    const auto network = examples::find_network(typed.model);
    if (!network) {
        refuse("--model", typed.model,
               std::string("no network of the zoo; ").append(examples::expected_network()));
    }
    request r{.network = *network,
              .where = soma::find_instance(typed.instance),
              .precision = examples::find_precision(typed.precision),
              .latency_ms = std::nullopt,
              .batches = {},
              .cores = {},
              .copies = 0,
              .static_weights = typed.static_weights};
    if (r.where == nullptr) {
        refuse("--instance", typed.instance,
               std::string("no known instance; ").append(examples::expected_instance()));
    }
    if (r.precision == nullptr) {
        refuse("--precision", typed.precision,
               std::string("no precision policy; ").append(examples::expected_precision()));
    }
    if (!typed.latency_ms.empty()) {
        double value = 0;
        const char* const end = typed.latency_ms.data() + typed.latency_ms.size();
        const auto [rest, error] = std::from_chars(typed.latency_ms.data(), end, value);
        if (error != std::errc() || rest != end || !std::isfinite(value) || value <= 0) {
            refuse("--latency-ms", typed.latency_ms,
                   "no latency budget; expected milliseconds, more than 0");
        }
        r.latency_ms = value;
    }
    if (!typed.batches.empty()) {
        r.batches = read_numbers("--batch", typed.batches, 1, most_samples);
    } else {
        r.batches.assign(std::begin(soma::batch_candidates), std::end(soma::batch_candidates));
    }
    const int most_cores = std::min(r.where->cores(), soma::max_stages);
    if (!typed.cores.empty()) {
        r.cores = read_numbers(std::string("--cores, pipeline cores on ").append(r.where->name),
                               typed.cores, 1, most_cores);
    }
    if (!typed.copies.empty()) {
        r.copies = read_numbers("--copies", typed.copies, 1, r.where->cores()).front();
        if (typed.copies.find(',') != std::string::npos) {
            refuse("--copies", typed.copies, "more than one number; expected one");
        }
        check_copies(r);
    }
    return r;
}

}  // namespace plan
