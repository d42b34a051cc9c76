// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A program that serves requests of any size from any thread: dynamic batching.

#include <cstddef>
#include <span>
#include <utility>

#include <soma/runtime/serving/batch_server.hpp>
#include <soma/runtime/serving/infer_awaitable.hpp>
#include <soma/runtime/serving/servable_model.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace soma {

/// Workers with an executor each, which share packed weights. Every batch they run is of a compiled
/// size: requests are cut to it, small ones gathered, and the last is padded.
///
/// Results are the same bits that one executor makes of the samples one by one.
///
/// \tparam Served a program; or `buckets<...>` of programs, where a worker has an executor of each
///                and runs what it has gathered in those that cost least together
template <class Served>
class server {
public:
    using model_type = typename Served::model_type;

    static constexpr std::size_t sample_inputs = model_type::input_shape::size;
    static constexpr std::size_t sample_outputs = model_type::output_shape::size;

    /// Returns when every worker has its executor.
    ///
    /// \throws what an executor's constructor throws; std::invalid_argument for options or
    ///         variables of the environment that make no sense
    explicit server(const weights<model_type>& trained,
                    server_options options = {},
                    server_processing processing = {})
        : server(make_servable<Served>(trained), options, std::move(processing)) {}

    /// Begins a request of any number of samples, whose results come in their order. `in` and `out`
    /// must live until it is finished; what is in `out` is specified if it is `done`.
    completion submit(std::span<const float> in,
                      std::span<float> out,
                      request_options options = {}) noexcept {
        return engine_.submit(in, out, std::move(options));
    }

    /// The same; and `callback` is called when the request has ended, before its handle is ready.
    /// The handle may be dropped. If the callback throws, the handle says failed, and why.
    completion submit(std::span<const float> in,
                      std::span<float> out,
                      request_options options,
                      request_callback callback) noexcept {
        return engine_.submit(in, out, std::move(options), std::move(callback));
    }

    /// `co_await` gives the `request_result`.
    infer_awaitable infer(std::span<const float> in,
                          std::span<float> out,
                          request_options options = {}) noexcept {
        return {engine_, in, out, std::move(options)};
    }

    /// Takes no more requests; finishes those it has, or cancels what has not begun. From any
    /// thread, and again. The destructor drains.
    void stop(stop_mode mode = stop_mode::drain) noexcept { engine_.stop(mode); }

    [[nodiscard]] server_status status() const noexcept { return engine_.status(); }
    /// The latest `server_options::timeline_events` events.
    [[nodiscard]] soma::timeline timeline() const { return engine_.timeline(); }
    [[nodiscard]] int workers() const noexcept { return engine_.workers(); }
    [[nodiscard]] worker_status worker(int i) const noexcept { return engine_.worker(i); }
    [[nodiscard]] std::size_t in_flight_limit() const noexcept { return engine_.in_flight_limit(); }

private:
    server(const servable_model& model, server_options options, server_processing&& processing)
        : engine_(
              model.shape, server_plan(options, model.cores), std::move(processing), [&model](int) {
                  return model.make().run;
              }) {}

    batch_server engine_;
};

}  // namespace soma
