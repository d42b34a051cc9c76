// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A device with something to do, for whoever has none of their own to look at.

#include <memory>
#include <string>

namespace top {

/// Two small networks on this process's device, and clients that ask them at random times, until it
/// is destroyed.
class demonstration {
public:
    /// \throws soma::io::load_error if the weights of examples/digits are not there
    demonstration();
    demonstration(const demonstration&) = delete;
    demonstration& operator=(const demonstration&) = delete;
    ~demonstration();

    /// The device's metrics, as Prometheus reads them.
    [[nodiscard]] std::string metrics() const;

private:
    class load;
    std::unique_ptr<load> load_;
};

}  // namespace top
