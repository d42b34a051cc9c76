// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A batch server whose model is a few lines: a sample is two numbers, its result three.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include <soma/runtime/serving/batch_server.hpp>
#include <soma/runtime/serving/servable_model.hpp>

namespace soma::test {

using namespace std::chrono_literals;

inline constexpr std::size_t tiny_inputs = 2;
inline constexpr std::size_t tiny_outputs = 3;

/// What the model makes of one sample.
inline void tiny_model(const float* in, float* out) noexcept {
    out[0] = in[0] + in[1];
    out[1] = in[0] - in[1];
    out[2] = in[0] * 3.0F;
}

/// A gate that holds every batch until it is opened, and counts what passed.
struct gate {
    std::atomic<bool> open{true};
    std::atomic<int> waiting{0};
    std::atomic<int> batches{0};
    std::atomic<std::size_t> largest{0};

    void pass(std::size_t samples) {
        ++waiting;
        open.wait(false);
        --waiting;
        ++batches;
        std::size_t seen = largest;
        while (samples > seen && !largest.compare_exchange_weak(seen, samples)) {
        }
    }
    void close() { open = false; }
    void release() {
        open = true;
        open.notify_all();
    }
    /// Until `n` workers stand at the gate.
    void await(int n) const {
        while (waiting < n) {
            std::this_thread::sleep_for(100us);
        }
    }
};

inline run_batch tiny_runner(gate& at) {
    return [&at](const float* in, float* out, std::size_t samples) {
        at.pass(samples);
        for (std::size_t i = 0; i < samples; ++i) {
            tiny_model(in + i * tiny_inputs, out + i * tiny_outputs);
        }
    };
}

/// A server of `tiny_model` with batches of four.
struct tiny_server : batch_server {
    explicit tiny_server(gate& at, server_options options = {}, server_processing processing = {})
        : batch_server({4, tiny_inputs, tiny_outputs},
                       server_plan(options, 1),
                       std::move(processing),
                       [&at](int) { return tiny_runner(at); }) {}
};

/// `tiny_model` as a device loads it, with batches of four that hold `cores` cores.
inline servable_model tiny_servable(gate& at, int cores = 1) {
    static const std::byte weights[64]{};
    return {.program = "tiny",
            .shape = {4, tiny_inputs, tiny_outputs},
            .cores = cores,
            .weight_bytes = sizeof(weights),
            .make = [&at]() -> model_runner { return {tiny_runner(at), 1000, weights}; }};
}

/// A request's buffers and what should come out.
struct tiny_request {
    std::vector<float> in, out, want;

    explicit tiny_request(std::size_t samples, float seed = 1.0F)
        : in(samples * tiny_inputs), out(samples * tiny_outputs, -77.0F), want(out.size()) {
        for (std::size_t i = 0; i < in.size(); ++i) {
            in[i] = seed + static_cast<float>(i % 1000) * 0.25F;
        }
        for (std::size_t i = 0; i < samples; ++i) {
            tiny_model(&in[i * tiny_inputs], &want[i * tiny_outputs]);
        }
    }
    [[nodiscard]] bool right() const { return out == want; }
};

}  // namespace soma::test
