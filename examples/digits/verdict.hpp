// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Compares the rows of the table with what they ought to be.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/perf/error_bound.hpp>

#include "digits/inputs.hpp"
#include "digits/measure.hpp"

namespace digits {

/// The class with the largest logit, and the one after it.
struct reading {
    std::size_t first = 0, second = 1;

    template <class T>
    [[nodiscard]] static reading of(const T* logits) noexcept {
        reading r = logits[1] > logits[0] ? reading{1, 0} : reading{0, 1};
        for (std::size_t k = 2; k < classes; ++k) {
            if (logits[k] > logits[r.first]) {
                r = {k, r.first};
            } else if (logits[k] > logits[r.second]) {
                r.second = k;
            }
        }
        return r;
    }
};

/// One row of the table.
struct verdict {
    std::string precision;
    measured_row measured;
    std::size_t correct = 0;
    double max_logit_error = 0, mean_logit_error = 0;
    perf::error_bound logit_bound;  ///< the largest of all logits
    double share_of_bound = 0;      ///< the most that any logit's error takes up of its own bound
    std::string fault;              ///< empty: everything as it ought to be
};

/// What every row of a precision is compared with: logits, and how far each may be away.
struct comparison {
    std::vector<double> logits;
    std::vector<perf::error_bound> bounds;
};

template <class T>
[[nodiscard]] std::size_t count_correct(std::span<const T> logits, const inputs& given) {
    std::size_t correct = 0;
    for (std::size_t i = 0; i < given.count(); ++i) {
        correct += reading::of(logits.data() + i * classes).first
                           == static_cast<std::size_t>(given.labels[i])
                       ? 1U
                       : 0U;
    }
    return correct;
}

/// Fewest images that a row must read correctly: all that `other` does, but for those whose two
/// best logits are nearer to each other than their bounds.
[[nodiscard]] inline std::size_t least_correct(const comparison& other, const inputs& given) {
    std::size_t least = 0;
    for (std::size_t i = 0; i < given.count(); ++i) {
        const double* const logits = other.logits.data() + i * classes;
        const perf::error_bound* const bounds = other.bounds.data() + i * classes;
        const reading r = reading::of(logits);
        const double margin = logits[r.first] - logits[r.second];
        const bool decided = margin > bounds[r.first].probable + bounds[r.second].probable;
        least += decided && r.first == static_cast<std::size_t>(given.labels[i]) ? 1U : 0U;
    }
    return least;
}

/// Judges one row. `same` are the logits of the precision's first row: a schedule changes no bit.
[[nodiscard]] inline verdict judge(const std::string& precision,
                                   measured_row measured,
                                   const comparison& other,
                                   const std::vector<float>& same,
                                   const inputs& given) {
    verdict v;
    v.precision = precision;
    v.measured = std::move(measured);
    const std::vector<float>& logits = v.measured.logits;
    std::size_t beyond = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double error = std::abs(static_cast<double>(logits[i]) - other.logits[i]);
        const double bound = other.bounds[i].probable;
        beyond += error <= bound ? 0U : 1U;  // NaN is beyond, too
        if (!std::isnan(v.max_logit_error) && !(error <= v.max_logit_error)) {
            v.max_logit_error = error;
        }
        v.mean_logit_error += error / static_cast<double>(logits.size());
        v.logit_bound.probable = std::max(v.logit_bound.probable, bound);
        v.logit_bound.worst_case = std::max(v.logit_bound.worst_case, other.bounds[i].worst_case);
        v.share_of_bound =
            error == 0 ? v.share_of_bound : std::max(v.share_of_bound, error / bound);
    }
    v.correct = count_correct<float>(logits, given);
    const auto add = [&v](const std::string& fault) {
        v.fault.append(v.fault.empty() ? "" : ", ").append(fault);
    };
    if (beyond > 0) {
        add(std::isinf(v.logit_bound.probable)
                ? std::string("overflow")
                : std::to_string(beyond).append(beyond == 1 ? " logit beyond its bound"
                                                            : " logits beyond their bounds"));
    }
    if (v.correct < least_correct(other, given)) {
        add("accuracy lost");
    }
    if (std::memcmp(logits.data(), same.data(), logits.size() * sizeof(float)) != 0) {
        add("other bits than batch<1>");
    }
    if (v.measured.arena_bytes != v.measured.planned_arena_bytes) {
        add("arena not as planned");
    }
    return v;
}

/// Judges every row of every precision. \pre the first precision is FP32.
[[nodiscard]] inline std::vector<verdict> judge_all(std::vector<measured_precision> measured,
                                                    const inputs& given,
                                                    const perf::error_analysis& analysis,
                                                    double deviations) {
    std::vector<verdict> verdicts;
    const std::vector<float> fp32_logits = measured[0].rows[0].logits;
    for (std::size_t p = 0; p < measured.size(); ++p) {
        comparison other;
        const std::vector<float>& reference = p == 0 ? given.logits : fp32_logits;
        if (reference.empty()) {
            other.logits = analysis.reference;
        } else {
            other.logits.assign(reference.begin(), reference.end());
        }
        for (std::size_t i = 0; i < other.logits.size(); ++i) {
            // Both sides have errors: those of another FP32 program are taken to be like ours.
            const perf::error_spread theirs =
                reference.empty() ? perf::error_spread{} : analysis.spread(0, i);
            other.bounds.push_back((analysis.spread(p, i) + theirs).bound(deviations));
        }
        const std::vector<float> same = measured[p].rows[0].logits;
        for (measured_row& row : measured[p].rows) {
            verdicts.push_back(judge(measured[p].name, std::move(row), other, same, given));
        }
    }
    return verdicts;
}

}  // namespace digits
