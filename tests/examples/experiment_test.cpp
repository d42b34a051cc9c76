// SPDX-License-Identifier: MIT
#include "../examples/predict/experiment.hpp"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace published;

namespace {

std::vector<row> example_rows() {
    std::ifstream file(SOMA_SOURCE_DIR "/examples/predict/inferentia.csv", std::ios::binary);
    return parse(std::string(std::istreambuf_iterator<char>(file), {}), "f").rows;
}

/// The example's rows with measurements that the model itself makes with `truth`.
std::vector<row> rows_of(const soma::calibration& truth) {
    std::vector<row> rows = example_rows();
    const experiment e(rows);
    const std::vector<outcome> outcomes = e.predict(truth);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].throughput = outcomes[i].predicted.throughput;
        rows[i].latency_ms = outcomes[i].predicted.latency_ms;
    }
    return rows;
}

bool near(double a, double b, double tolerance) {
    return std::abs(std::log(a / b)) < tolerance;
}

}  // namespace

TEST_CASE("an error is predicted over published, less one", "[examples][experiment]") {
    std::vector<row> rows = rows_of(soma::calibrated);
    rows.resize(3);
    rows[0].throughput = *rows[0].throughput * 2;  // predicted: half of it
    rows[1].throughput = *rows[1].throughput / 2;  // predicted: twice as much
    rows[2].throughput.reset();
    rows[0].latency_ms.reset();
    const experiment e(rows);
    const std::vector<outcome> outcomes = e.predict(soma::calibrated);
    REQUIRE(outcomes.size() == 3);
    CHECK(std::abs(*outcomes[0].throughput_error + 0.5) < 1e-12);
    CHECK(std::abs(*outcomes[1].throughput_error - 1.0) < 1e-12);
    CHECK(!outcomes[2].throughput_error);
    CHECK(!outcomes[0].latency_error);
    CHECK(std::abs(*outcomes[2].latency_error) < 1e-12);

    const error_summary errors = summarise_throughput(outcomes);
    CHECK(errors.size == 2);
    CHECK(std::abs(errors.median - 0.75) < 1e-12);
    CHECK(std::abs(errors.worst - 1.0) < 1e-12);
    CHECK(errors.worst_row->id == rows[1].id);
    CHECK(summarise_latency(outcomes).size == 2);
    CHECK(furthest_from_littles_law(outcomes) < 1e-12);
}

TEST_CASE("a fit finds the parameters that measurements were made with", "[examples][experiment]") {
    soma::calibration truth = soma::calibrated;
    truth.tensor_efficiency *= 0.8;
    truth.vector_passes *= 1.2;
    truth.call_seconds *= 1.3;
    truth.host_bytes_per_second *= 0.7;
    const experiment e(rows_of(truth));
    const auto found = e.fit(soma::calibrated, {.starts = 2});
    REQUIRE(found);
    CHECK(found->error < 2e-3);
    CHECK(near(found->parameters.tensor_efficiency, truth.tensor_efficiency, 0.02));
    CHECK(near(found->parameters.vector_passes, truth.vector_passes, 0.02));
    CHECK(near(found->parameters.call_seconds, truth.call_seconds, 0.02));
    CHECK(near(found->parameters.host_bytes_per_second, truth.host_bytes_per_second, 0.05));
    CHECK(throughput_correlation(e.predict(truth)) == 1.0);
}

TEST_CASE("a row that is left out has no say in its own prediction", "[examples][experiment]") {
    // All rows agree with the model but one, which says twice what it should.
    std::vector<row> rows = rows_of(soma::calibrated);
    rows.resize(8);
    constexpr std::size_t odd = 3;
    rows[odd].throughput = *rows[odd].throughput * 2;
    rows[odd].latency_ms = *rows[odd].latency_ms / 2;
    const experiment e(rows);
    const std::vector<outcome> left_out = e.predict_left_out(soma::calibrated);
    REQUIRE(left_out.size() == rows.size());
    CHECK(left_out[odd].of->id == rows[odd].id);
    CHECK(std::abs(*left_out[odd].throughput_error + 0.5) < 0.02);
}

TEST_CASE("nothing is fitted to nothing", "[examples][experiment]") {
    std::vector<row> rows = example_rows();
    rows.resize(1);
    const experiment one(rows);
    CHECK(one.predict_left_out(soma::calibrated).empty());
    rows[0].throughput.reset();
    CHECK(!experiment(rows).fit(soma::calibrated, {}));
    const experiment none({});
    CHECK(none.predict(soma::calibrated).empty());
    CHECK(!none.fit(soma::calibrated, {}));
    CHECK(std::isnan(throughput_correlation({})));
    CHECK(summarise_throughput({}).size == 0);
}

TEST_CASE("a row that cannot be is told apart", "[examples][experiment]") {
    std::vector<row> rows = example_rows();
    rows.resize(1);
    rows[0].how.batch = most_samples;  // more activations than a chip has memory for
    const experiment e(rows);
    const std::vector<outcome> outcomes = e.predict(soma::calibrated);
    REQUIRE(!outcomes[0].predicted.fits());
    CHECK(!outcomes[0].throughput_error);
    const std::string why = why_not(outcomes[0].predicted);
    CHECK(why.find("bytes of device memory, a chip has 8589934592") != std::string::npos);
    CHECK(summarise_throughput(outcomes).size == 0);
}
