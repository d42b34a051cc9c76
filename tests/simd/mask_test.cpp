// SPDX-License-Identifier: MIT
#include <soma/simd/mask.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

TEMPLATE_LIST_TEST_CASE(
    "comparisons, selection and the maximum treat each pair as their definition",
    "[simd][mask]",
    test::enabled_isas) {
    using vec = simd::vec<TestType>;
    constexpr auto lanes = static_cast<std::size_t>(TestType::lanes);
    const std::vector<float> values = test::special_floats();
    const auto stored = [](vec x) {
        std::array<float, lanes> result;
        simd::store(x, result.data());
        return result;
    };
    for (const float x : values) {
        for (const float y : values) {
            // The pair in the even lanes and its mirror image in the odd ones.
            std::array<float, lanes> first;
            std::array<float, lanes> second;
            for (std::size_t i = 0; i < lanes; ++i) {
                first[i] = i % 2 == 0 ? x : y;
                second[i] = i % 2 == 0 ? y : x;
            }
            const vec a = simd::load<TestType>(first.data());
            const vec b = simd::load<TestType>(second.data());
            const auto lower = stored(select(less(a, b), vec(1.0F), vec(2.0F)));
            const auto no_number = stored(select(is_nan(a), vec(1.0F), vec(2.0F)));
            const auto larger = stored(max_or_nan(a, b));
            for (std::size_t i = 0; i < lanes; ++i) {
                const float p = first[i];
                const float q = second[i];
                CHECK(lower[i] == (p < q ? 1.0F : 2.0F));
                CHECK(no_number[i] == (std::isnan(p) ? 1.0F : 2.0F));
                if (std::isnan(p) || std::isnan(q)) {
                    CHECK(std::isnan(larger[i]));
                } else {
                    CHECK(larger[i] == std::fmax(p, q));
                }
            }
        }
    }
}
