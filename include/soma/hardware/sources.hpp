// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where figures come from: the vendor's pages, and units that they are stated in.
///
/// Pages are named by their file in the documentation of the AWS Neuron SDK, at the release that
/// is given (https://github.com/aws-neuron/aws-neuron-sdk).

#include <string_view>

#include <soma/hardware/figure.hpp>

namespace soma::sources {

inline constexpr std::string_view neuron_core_v1 =
    "Neuron SDK 2.20.1, arch/neuron-hardware/neuron-core-v1";
inline constexpr std::string_view inferentia = "Neuron SDK 2.20.1, arch/neuron-hardware/inferentia";
inline constexpr std::string_view inferentia2 =
    "Neuron SDK 2.20.1, arch/neuron-hardware/inferentia2";
inline constexpr std::string_view trainium = "Neuron SDK 2.20.1, arch/neuron-hardware/trainium";
inline constexpr std::string_view trainium2 =
    "Neuron SDK of August 2026, arch/neuron-hardware/trainium2";

inline constexpr std::string_view inf1 = "Neuron SDK 2.20.1, arch/neuron-hardware/inf1-arch";
inline constexpr std::string_view inf2 = "Neuron SDK 2.20.1, arch/neuron-hardware/inf2-arch";
inline constexpr std::string_view trn1 = "Neuron SDK 2.20.1, arch/neuron-hardware/trn1-arch";
inline constexpr std::string_view trn2 =
    "Neuron SDK of August 2026, arch/neuron-hardware/trn2-arch";

inline constexpr std::string_view nki_v2 =
    "Neuron SDK of August 2026, nki/guides/architecture/trainium_inferentia2_arch";
inline constexpr std::string_view nki_v3 =
    "Neuron SDK of August 2026, nki/guides/architecture/trainium2_arch";
inline constexpr std::string_view nki_matmul = "Neuron SDK 2.26, nki/isa nc_matmul";
inline constexpr std::string_view nki_dma =
    "Neuron SDK of August 2026, nki/deep-dives/nki-dma-bandwidth-guide, practical";
inline constexpr std::string_view batching =
    "Neuron SDK 2.20.1, arch/neuron-features/neuroncore-batching, decimal as its formula has it";

inline constexpr std::string_view mixed_precision =
    "Neuron SDK 2.20.1, appnotes/neuron-cc/mixed-precision: the matrix engine takes FP16 and BF16, "
    "the others FP32, too";
inline constexpr std::string_view data_types =
    "Neuron SDK 2.20.1, arch/neuron-features/data-types: FP32 products take four passes";
inline constexpr std::string_view prices =
    "Neuron SDK 2.20.1, benchmarks/inf1/instance_prices.csv, on demand";

inline constexpr std::string_view moves_bytes = "moves bytes or converts them, as DMA does";
inline constexpr std::string_view host_code = "a program's own kernel is code for the host";

}  // namespace soma::sources

namespace soma {

[[nodiscard]] constexpr figure published(double value, std::string_view page) noexcept {
    return {value, provenance::published, page};
}
/// \param argument how the value follows from what is published
[[nodiscard]] constexpr figure inferred(double value, std::string_view argument) noexcept {
    return {value, provenance::inferred, argument};
}

namespace units {

inline constexpr double mib = 1024.0 * 1024.0;
inline constexpr double gib = 1024.0 * mib;

}  // namespace units

}  // namespace soma
