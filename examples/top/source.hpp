// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where metrics come from: a host and a port, asked over HTTP.

#include <stdexcept>
#include <string>

#include "top/rates.hpp"

namespace top {

struct address {
    std::string host;
    int port = 0;

    [[nodiscard]] std::string text() const;
};

/// Nobody answers, or what answers is no soma device.
struct no_metrics : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `host:port` or `[IPv6 address]:port`.
///
/// \throws std::invalid_argument for anything else
[[nodiscard]] address parse_address(const std::string& text);

/// Asks for the metrics of this moment; gives up after two seconds.
///
/// \throws no_metrics
[[nodiscard]] reading ask(const address& where);

}  // namespace top
