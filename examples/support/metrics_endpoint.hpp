// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// GET /metrics over HTTP, for Prometheus and for examples/top.

#include <functional>
#include <memory>
#include <string>

namespace examples {

/// Serves what a function returns as `http://<address>:<port>/metrics`, on threads of its own,
/// until it is destroyed.
class metrics_endpoint {
public:
    /// \param port where to listen; 0: any free port
    /// \param text called for each request, by one thread at a time; what it throws is answered
    /// with
    ///             status 500
    /// \throws std::runtime_error if the port cannot be had
    metrics_endpoint(int port,
                     std::function<std::string()> text,
                     const std::string& address = "127.0.0.1");
    metrics_endpoint(const metrics_endpoint&) = delete;
    metrics_endpoint& operator=(const metrics_endpoint&) = delete;
    ~metrics_endpoint();

    /// Where it listens.
    [[nodiscard]] int port() const noexcept { return port_; }

private:
    class service;
    std::unique_ptr<service> service_;
    int port_;
};

}  // namespace examples
