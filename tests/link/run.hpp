// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The same instantiations in every translation unit, each with the instruction set of its flags.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <soma/runtime/executor.hpp>

#include "../support/small_net.hpp"
#include "model.hpp"

namespace link_test {

/// A number in [-1, 1) that depends on nothing but its position.
inline float number(std::size_t i) {
    auto bits = static_cast<std::uint32_t>(i) * 2654435761U;
    bits ^= bits >> 15;
    bits *= 2246822519U;
    return static_cast<float>(static_cast<std::int32_t>(bits) >> 8) * 0x1p-23F;
}

/// `Isa` is a parameter here, too: a function that names `simd::native` in its body alone would be
/// another function in every translation unit under one name.
template <class Precision, class Isa>
void run(std::span<float> out) {
    using namespace soma;
    using net = test::small_net;
    parameters<net> values;
    std::size_t next = 0;
    for (const parameter_spec& spec : parameters<net>::table::specs) {
        for (float& v : values.of(spec)) {
            v = number(next++) * 0.3F;
            v = spec.role == parameter_role::running_var ? 1 + v : v;
        }
    }
    float in[samples * inputs];
    for (std::size_t i = 0; i < samples * inputs; ++i) {
        in[i] = number(100'000 + i);
    }
    executor<program<net, Precision, batch<2>, Isa>> run{weights<net>(std::move(values))};
    if (run.run(std::span<const float>(in), out) != run_status::done) {
        std::fill(out.begin(), out.end(), -77.0F);
    }
}

template <class Isa = soma::simd::native>
report make_report() {
    report r{.isa = Isa::name, .lanes = Isa::lanes};
    run<soma::bf16, Isa>(r.bf16);
    run<soma::fp32, Isa>(r.fp32);
    return r;
}

}  // namespace link_test
