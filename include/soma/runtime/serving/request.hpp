// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a caller says about a request to a server, and what the server answers.

#include <chrono>
#include <cstdint>
#include <exception>
#include <stop_token>

#include <soma/runtime/serving/inplace_callback.hpp>

namespace soma {

using serving_clock = std::chrono::steady_clock;

/// How a request ended. Every request that was submitted ends in exactly one of these.
enum class request_status : std::uint8_t {
    pending,    ///< not yet
    done,       ///< every result is in the output
    refused,    ///< never begun; `request_refusal` says why
    cancelled,  ///< by its caller or by `stop`, before all of its samples had begun
    expired,    ///< its deadline passed before all of its samples had begun
    failed,     ///< an exception in a function of the caller's, or a NaN that `detect_nan` found
};

/// Why a request was refused.
enum class request_refusal : std::uint8_t {
    none,
    full,                        ///< as many requests as allowed are in flight
    no_handle,                   ///< callers hold as many handles as there are
    stopped,                     ///< the server takes no more
    input_is_not_whole_samples,  ///< the input's size is no multiple of a sample's
    output_does_not_match,       ///< the output does not hold one result per input sample
};

/// The end of a request. Results may be read only if `status` is `done`.
struct request_result {
    request_status status = request_status::pending;
    request_refusal reason = request_refusal::none;
    std::exception_ptr error;  ///< of a failed request
};

/// What a request fails with if its results have a NaN and the server looks for them.
struct nan_result : std::exception {
    [[nodiscard]] const char* what() const noexcept override {
        return "soma: the model's result has a NaN";
    }
};

/// When a caller loses interest. Both are looked at whenever samples of the request are due to
/// begin; samples that run are not interrupted.
struct request_options {
    serving_clock::time_point deadline = serving_clock::time_point::max();
    std::stop_token cancel = {};
};

/// Called once, at the end of its request, on a worker; if refused, on the caller's thread.
using request_callback = inplace_callback<void(const request_result&)>;

}  // namespace soma
