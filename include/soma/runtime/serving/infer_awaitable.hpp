// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A request that a coroutine awaits.

#include <coroutine>
#include <span>
#include <utility>

#include <soma/runtime/serving/batch_server.hpp>
#include <soma/runtime/serving/request.hpp>

namespace soma {

/// `co_await` submits the request and gives its `request_result`. The coroutine goes on on the
/// worker that finished the request, or, if it ended at once, where it was.
class [[nodiscard]] infer_awaitable {
public:
    infer_awaitable(batch_server& server,
                    std::span<const float> in,
                    std::span<float> out,
                    request_options options) noexcept
        : server_(server), in_(in), out_(out), options_(std::move(options)) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    bool await_suspend(std::coroutine_handle<> waiting) noexcept {
        request_callback callback = [this, waiting](const request_result& result) {
            result_ = result;
            waiting.resume();
        };
        // Once the request has begun, the coroutine may be anywhere, and this object gone.
        request_result settled;
        static_cast<void>(server_.begin(in_, out_, std::move(options_), callback, settled));
        if (settled.status == request_status::pending) {
            return true;
        }
        result_ = std::move(settled);
        return false;
    }

    [[nodiscard]] request_result await_resume() noexcept { return std::move(result_); }

private:
    batch_server& server_;
    std::span<const float> in_;
    std::span<float> out_;
    request_options options_;
    request_result result_{};
};

}  // namespace soma
