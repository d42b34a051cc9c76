// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `damage`: what rounding to fewer bits did to some elements.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include <nlohmann/json.hpp>

/// Counts, and errors over the values that were finite, not zero, and stayed finite.
struct damage {
    std::size_t elements = 0;
    std::size_t overflowed = 0;   // finite, now infinite
    std::size_t underflowed = 0;  // not zero, now zero
    std::size_t subnormal = 0;    // normal, now subnormal
    std::size_t compared = 0;     // not zero, finite before and after: what the mean is over
    double largest_relative = 0;
    double sum_relative = 0;
    double largest_absolute = 0;

    void add(float before, float after, double smallest_normal) {
        ++elements;
        if (!std::isfinite(before) || before == 0.0F) {
            return;
        }
        if (std::isinf(after)) {
            ++overflowed;
            return;
        }
        underflowed += after == 0.0F ? 1u : 0u;
        const bool shrank = std::isnormal(before) && after != 0.0F
                            && std::abs(static_cast<double>(after)) < smallest_normal;
        subnormal += shrank ? 1u : 0u;
        const double error = std::abs(static_cast<double>(after) - static_cast<double>(before));
        const double relative = error / std::abs(static_cast<double>(before));
        ++compared;
        largest_relative = std::max(largest_relative, relative);
        sum_relative += relative;
        largest_absolute = std::max(largest_absolute, error);
    }

    void add(const damage& other) {
        elements += other.elements;
        overflowed += other.overflowed;
        underflowed += other.underflowed;
        subnormal += other.subnormal;
        compared += other.compared;
        largest_relative = std::max(largest_relative, other.largest_relative);
        sum_relative += other.sum_relative;
        largest_absolute = std::max(largest_absolute, other.largest_absolute);
    }

    [[nodiscard]] double mean_relative() const {
        return compared == 0 ? 0.0 : sum_relative / static_cast<double>(compared);
    }

    [[nodiscard]] nlohmann::ordered_json json() const {
        return {{"elements", elements},
                {"overflowed", overflowed},
                {"underflowed", underflowed},
                {"became_subnormal", subnormal},
                {"largest_relative_error", largest_relative},
                {"mean_relative_error", mean_relative()},
                {"largest_absolute_error", largest_absolute}};
    }

    void print(std::string_view name, int width) const {
        std::printf("%-*.*s %10zu %9zu %9zu %9zu %11.3e %11.3e %11.3e\n", width,
                    static_cast<int>(name.size()), name.data(), elements, overflowed, underflowed,
                    subnormal, largest_relative, mean_relative(), largest_absolute);
    }
};
