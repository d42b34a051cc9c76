// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What an exception says.

#include <string>

namespace soma::test {

/// The message of the `Error` that `body` throws.
template <class Error, class Body>
[[nodiscard]] std::string message_of(Body body) {
    try {
        body();
    } catch (const Error& e) {
        return e.what();
    }
    return "nothing thrown";
}

}  // namespace soma::test
