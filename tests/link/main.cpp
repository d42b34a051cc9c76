// SPDX-License-Identifier: MIT
//
// Translation units with different flags instantiate the same templates and are linked: none may
// take a function that was compiled for another.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <set>
#include <string_view>

#include "model.hpp"

namespace {

int failures = 0;

void check(bool holds, std::string_view what, std::string_view isa) {
    if (!holds) {
        std::cout << isa << ": " << what << '\n';
        ++failures;
    }
}

template <std::size_t Size>
bool same_bits(const float (&a)[Size], const float (&b)[Size]) {
    return std::memcmp(a, b, sizeof(a)) == 0;
}

}  // namespace

int main() {
    const link_test::report baseline = link_test::run_baseline();
    std::set<std::string_view> names{baseline.isa};
    std::size_t reports = 1;
    check(baseline.bf16[0] != -77.0F, "did not run", baseline.isa);
    check(std::any_of(std::begin(baseline.bf16), std::end(baseline.bf16),
                      [](float v) { return v != 0; }),
          "every result is zero", baseline.isa);

#if defined(__x86_64__)
    check(baseline.isa == "baseline" && baseline.lanes == 4, "is not the baseline", baseline.isa);
    const auto compare = [&](const link_test::report& other) {
        names.insert(other.isa);
        ++reports;
        check(same_bits(other.bf16, baseline.bf16), "BF16 differs from the baseline", other.isa);
    };
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        const link_test::report avx2 = link_test::run_avx2();
        check(avx2.isa == "avx2" && avx2.lanes == 8, "is not AVX2", avx2.isa);
        compare(avx2);
        if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw")) {
            const link_test::report avx512 = link_test::run_avx512();
            check(avx512.isa == "avx512_bf16" && avx512.lanes == 16, "is not AVX-512", avx512.isa);
            compare(avx512);
            check(same_bits(avx512.fp32, avx2.fp32), "FP32 differs from AVX2", avx512.isa);
        }
    }
#endif
    check(names.size() == reports, "an instruction set ran as another one", baseline.isa);
    std::cout << reports << " instruction sets in one program, " << failures << " faults\n";
    return failures == 0 ? 0 : 1;
}
