// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Rows ready to be predicted with any calibration, and the calibration that suits them best.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/compile/placement.hpp>
#include <soma/hardware/calibration.hpp>
#include <soma/hardware/prediction.hpp>
#include <soma/perf/calibrate.hpp>

#include "predict/published_rows.hpp"
#include "support/networks.hpp"

namespace published {

/// A row beside what the cost model says about it.
struct outcome {
    const row* of = nullptr;  ///< of the experiment
    soma::prediction predicted;
    std::optional<double> throughput_error;  ///< predicted / published - 1
    std::optional<double> latency_error;
};

/// Errors without their signs. \pre `size > 0` wherever the others are read.
struct error_summary {
    std::size_t size = 0;
    double median = 0, worst = 0;
    const row* worst_row = nullptr;
};

/// A fit of the cost model's parameters.
struct fitted {
    soma::calibration parameters;
    double error = 0;  ///< root mean square of the logarithms of predicted / published
    int evaluations = 0;
};

/// Most rows of which each is left out in turn: time grows with the square of their number.
inline constexpr std::size_t most_left_out = 100;

class experiment {
public:
    explicit experiment(std::vector<row> rows);

    [[nodiscard]] std::span<const row> rows() const noexcept { return rows_; }

    /// Every row, predicted.
    [[nodiscard]] std::vector<outcome> predict(const soma::calibration& c) const&;
    std::vector<outcome> predict(const soma::calibration& c) const&& = delete;

    /// Every row with a published throughput, predicted with the parameters fitted to the others;
    /// nothing where the others have no measurement, or where there are too many rows.
    [[nodiscard]] std::vector<outcome> predict_left_out(const soma::calibration& start) const&;
    std::vector<outcome> predict_left_out(const soma::calibration& start) const&& = delete;

    /// The parameters that suit all rows; null where none of them has a measurement.
    [[nodiscard]] std::optional<fitted> fit(const soma::calibration& start,
                                            const soma::perf::fit_limits& limits) const;

private:
    /// A network as an instance's core takes it.
    struct placed_network {
        examples::network_operations graph;
        std::vector<soma::operation_place> places;
        soma::placement_summary summary;
    };

    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

    [[nodiscard]] outcome predict(std::size_t i, const soma::calibration& c) const;
    [[nodiscard]] std::optional<fitted> fit_without(std::size_t left_out,
                                                    const soma::calibration& start,
                                                    const soma::perf::fit_limits& limits) const;

    std::vector<row> rows_;
    std::map<std::pair<std::string, std::string>, placed_network> placed_;
    std::vector<const placed_network*> placed_of_;  ///< by row
};

[[nodiscard]] error_summary summarise_throughput(std::span<const outcome> outcomes);
[[nodiscard]] error_summary summarise_latency(std::span<const outcome> outcomes);

/// Spearman's coefficient of predicted and published throughput; NaN where there is no order.
[[nodiscard]] double throughput_correlation(std::span<const outcome> outcomes);

/// The furthest that throughput x latency / batch of a prediction is from its workers x copies, as
/// a part of that: Little's law, which holds but for rounding.
[[nodiscard]] double furthest_from_littles_law(std::span<const outcome> outcomes);

/// A sentence for a row that the model says cannot be: what it needs and what there is.
[[nodiscard]] std::string why_not(const soma::prediction& p);

}  // namespace published
