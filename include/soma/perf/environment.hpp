// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a measurement depends on besides the code: the header of every benchmark's output.

#include <array>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <range/v3/version.hpp>

#include <soma/base/version.hpp>
#include <soma/runtime/threads/affinity.hpp>
#include <soma/simd/isa.hpp>
#include <soma/simd/vec.hpp>

#define SOMA_PERF_TEXT_OF(x) #x
#define SOMA_PERF_TEXT(x) SOMA_PERF_TEXT_OF(x)

namespace soma::perf {

/// A name and what belongs to it: a library and its version, a variable and its value.
using named_text = std::pair<std::string, std::string>;

/// The machine, the build and the libraries of a measurement.
struct environment {
    std::string processor;              ///< its model name, family and model number
    std::string isa;                    ///< what this program's kernels are compiled for
    int allowed_processors = 0;         ///< how many this process may run on
    int online_processors = 0;          ///< how many the machine has
    std::string compiler;               ///< name, version, optimised or not
    std::vector<named_text> libraries;  ///< ours first; a benchmark appends its peers
    std::vector<named_text> variables;  ///< set environment variables that change what peers do

    /// Notes a library that a benchmark uses beside this one.
    environment& add_library(std::string name, std::string version) {
        libraries.emplace_back(std::move(name), std::move(version));
        return *this;
    }
};

/// Variables that choose a peer's kernels or threads: a peer measured under one of them may be
/// slower than a user's (`OPENBLAS_CORETYPE=Haswell` halves OpenBLAS on an AVX-512 machine).
inline constexpr std::array<const char*, 10> peer_variables = {
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",  "ONEDNN_VERBOSE",   "DNNL_VERBOSE",         "OMP_NUM_THREADS",
    "OMP_PROC_BIND",     "MKL_NUM_THREADS"};

/// Removes `peer_variables`; for the first line of `main`, before a peer reads them.
///
/// A library that reads them while it is loaded has done so already: start such programs with the
/// variables unset.
inline void clear_peer_variables() noexcept {
    for (const char* name : peer_variables) {
        ::unsetenv(name);
    }
}

namespace detail {

/// The text after "name :" in the kernel's description of the first processor, or nothing.
[[nodiscard]] inline std::string cpuinfo_field(std::istream& text, std::string_view name) {
    for (std::string line; std::getline(text, line) && !line.empty();) {
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos && line.starts_with(name)
            && line.find_first_not_of(" \t", name.size()) == colon) {
            const std::size_t start = line.find_first_not_of(" \t", colon + 1);
            return start == std::string::npos ? "" : line.substr(start);
        }
    }
    return "";
}

[[nodiscard]] inline std::string processor_name() {
    const auto field = [](std::string_view name) {
        std::ifstream text("/proc/cpuinfo");
        return cpuinfo_field(text, name);
    };
    const std::string model = field("model name");
    const std::string family = field("cpu family");
    return (model.empty() ? "unknown" : model)
           + (family.empty() ? "" : " (family " + family + " model " + field("model") + ")");
}

[[nodiscard]] inline std::string compiler_name() {
#if defined(__clang__)
    std::string name = "clang++ " __clang_version__;
#elif defined(__GNUC__)
    std::string name = "g++ " __VERSION__;
#else
    std::string name = "unknown";
#endif
#if !defined(__OPTIMIZE__)
    name += ", not optimised";
#endif
    return name;
}

}  // namespace detail

/// Reads the machine and the build this program runs on and was built by.
[[nodiscard]] inline environment read_environment() {
    environment result;
    result.processor = detail::processor_name();
    result.isa = std::string(simd::native::name);
    result.allowed_processors = static_cast<int>(allowed_cores().size());
    result.online_processors = static_cast<int>(std::thread::hardware_concurrency());
    result.compiler = detail::compiler_name();
    result.add_library("soma", SOMA_PERF_TEXT(SOMA_VERSION_MAJOR) "." SOMA_PERF_TEXT(
                                   SOMA_VERSION_MINOR) "." SOMA_PERF_TEXT(SOMA_VERSION_PATCH));
#if defined(XSIMD_VERSION_MAJOR)
    result.add_library("xsimd", SOMA_PERF_TEXT(XSIMD_VERSION_MAJOR) "." SOMA_PERF_TEXT(
                                    XSIMD_VERSION_MINOR) "." SOMA_PERF_TEXT(XSIMD_VERSION_PATCH));
#endif
    result.add_library("range-v3", SOMA_PERF_TEXT(RANGE_V3_MAJOR) "." SOMA_PERF_TEXT(
                                       RANGE_V3_MINOR) "." SOMA_PERF_TEXT(RANGE_V3_PATCHLEVEL));
    for (const char* name : peer_variables) {
        if (const char* value = std::getenv(name)) {
            result.variables.emplace_back(name, value);
        }
    }
    return result;
}

/// Writes one line per fact.
inline std::ostream& operator<<(std::ostream& out, const environment& machine) {
    out << "processor   " << machine.processor << '\n'
        << "processors  " << machine.allowed_processors << " allowed of "
        << machine.online_processors << '\n'
        << "compiled    for " << machine.isa << " by " << machine.compiler << '\n'
        << "libraries  ";
    for (const auto& [name, version] : machine.libraries) {
        out << ' ' << name << ' ' << version
            << (&name == &machine.libraries.back().first ? "" : ",");
    }
    out << '\n';
    for (const auto& [name, value] : machine.variables) {
        out << "variable    " << name << '=' << value << '\n';
    }
    return out;
}

}  // namespace soma::perf

#undef SOMA_PERF_TEXT
#undef SOMA_PERF_TEXT_OF
