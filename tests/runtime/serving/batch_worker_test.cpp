// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include <soma/runtime/serving/batch_worker.hpp>

#include "support/catch.hpp"
#include "support/served.hpp"

using namespace soma;
using namespace soma::test;

namespace {

batch_part part_of(tiny_request& request, std::size_t first, std::size_t count) {
    return {0, first, count, request.in.data(), request.out.data(), nullptr};
}

}  // namespace

TEST_CASE("a worker gathers, runs and scatters", "[runtime][serving]") {
    gate at;
    const server_processing none;
    batch_worker worker({4, tiny_inputs, tiny_outputs}, none, false, 4);
    tiny_request a(3, 1.0F), b(2, 50.0F);
    worker.parts = {part_of(a, 0, 2), part_of(b, 0, 1)};
    worker.run(tiny_runner(at));
    CHECK(worker.samples == 3);
    CHECK(at.largest == 3);
    worker.parts = {part_of(a, 2, 1)};  // alone: in its own memory
    worker.run(tiny_runner(at));
    worker.parts = {part_of(b, 1, 1)};
    worker.run(tiny_runner(at));
    CHECK(a.right());
    CHECK(b.right());
}

TEST_CASE("processing changes sizes, and its exceptions stay with their part",
          "[runtime][serving]") {
    gate at;
    const server_processing processing{
        .before =
            [](std::span<const float> from, std::span<float> to) {
                if (from[0] < 0) {
                    throw std::runtime_error("negative");
                }
                to[0] = from[0];
                to[1] = from[0];
            },
        .after = [](std::span<const float> from, std::span<float> to) { to[0] = from[0]; },
        .inputs = 1,
        .outputs = 1};
    batch_worker worker({4, tiny_inputs, tiny_outputs}, processing, false, 4);
    std::vector<float> in{1, 2, -3, 4}, out(4, -77.0F);
    worker.parts = {{0, 0, 2, in.data(), out.data(), nullptr},
                    {1, 2, 1, in.data(), out.data(), nullptr},
                    {2, 3, 1, in.data(), out.data(), nullptr}};
    worker.run(tiny_runner(at));
    CHECK(out == std::vector<float>{2, 4, -77, 8});
    CHECK(worker.parts[0].error == nullptr);
    CHECK(worker.parts[1].error != nullptr);
    CHECK(worker.parts[2].error == nullptr);
}

TEST_CASE("a NaN is an error only if it is looked for, of its own part only",
          "[runtime][serving]") {
    gate at;
    const server_processing none;
    tiny_request good(1), bad(1);
    bad.in[1] = std::numeric_limits<float>::quiet_NaN();
    for (const bool detect : {false, true}) {
        batch_worker worker({4, tiny_inputs, tiny_outputs}, none, detect, 4);
        worker.parts = {part_of(good, 0, 1), part_of(bad, 0, 1)};
        worker.run(tiny_runner(at));
        CHECK(worker.parts[0].error == nullptr);
        CHECK((worker.parts[1].error != nullptr) == detect);
        worker.parts = {part_of(bad, 0, 1)};
        worker.run(tiny_runner(at));
        CHECK((worker.parts[0].error != nullptr) == detect);
    }
    CHECK(good.right());
}
