// SPDX-License-Identifier: MIT
#include "support/model_test.hpp"

using namespace soma;

namespace {

/// What `mirror` and `gain_and_offset` compute, in double.
test::field define(std::string_view name,
                   const test::field& in,
                   extents shape,
                   const test::parameter_lookup& parameter) {
    test::field out(shape);
    const std::size_t count = in.value.size();
    if (name == "mirror") {
        for (std::size_t i = 0; i < count; ++i) {
            out.value[i] = in.value[i];
            out.value[count + i] = -in.value[i];
            out.error[i] = out.error[count + i] = in.error[i];
        }
        return out;
    }
    const auto gain = parameter("gain");
    const auto offset = static_cast<double>(parameter("offset")[0]);
    const auto pixels = static_cast<std::size_t>(in.shape.h * in.shape.w);
    for (std::size_t i = 0; i < count; ++i) {
        const double g = std::abs(static_cast<double>(gain[i / pixels]));
        const double magnitude = g * (std::abs(in.value[i]) + in.error[i]) + std::abs(offset);
        out.value[i] = static_cast<double>(gain[i / pixels]) * in.value[i] + offset;
        out.error[i] = g * in.error[i] + test::gamma(2) * magnitude;
    }
    return out;
}

}  // namespace

TEST_CASE("norms on their own, custom layers and vector tails agree with their raw graph",
          "[runtime][executor]") {
    test::agrees_in_every_precision<test::unusual>(test::signs::positive, define);
}
