// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Networks compiled for one batch in one precision, and what serves them, without their types.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/runtime/serving/server.hpp>

namespace bench {

/// What takes requests: a server of soma's around a program of its own or around another library.
struct service {
    std::function<soma::completion(
        std::span<const float>, std::span<float>, soma::request_callback)>
        submit;
    std::function<soma::server_status()> status;
};

template <class Server>
[[nodiscard]] service service_of(std::shared_ptr<Server> server) {
    return {.submit =
                [server](std::span<const float> in, std::span<float> out,
                         soma::request_callback callback) {
                    return server->submit(in, out, {}, std::move(callback));
                },
            .status = [server] { return server->status(); }};
}

/// A program without its type.
struct compiled_network {
    std::string network;
    std::string precision;
    std::size_t batch = 1;
    std::size_t inputs = 1;                     ///< values of a sample
    std::size_t outputs = 1;                    ///< values of a result
    int cores = 1;                              ///< that a batch keeps busy
    std::function<soma::run_batch()> executor;  ///< makes one
    std::function<service(const soma::server_options&)> serve;
};

template <class Program>
[[nodiscard]] compiled_network compiled(
    std::string network,
    std::shared_ptr<const soma::weights<typename Program::model_type>> trained) {
    using executor = soma::executor<Program>;
    return {.network = std::move(network),
            .precision = std::string(Program::precision_type::name),
            .batch = static_cast<std::size_t>(Program::samples),
            .inputs = executor::sample_inputs,
            .outputs = executor::sample_outputs,
            .cores = soma::cores_per_run<typename Program::schedule_type>,
            .executor = [trained]() -> soma::run_batch {
                auto run = std::make_shared<executor>(*trained);
                return [run](const float* in, float* out, std::size_t samples) {
                    static_cast<void>(run->run(std::span(in, samples * executor::sample_inputs),
                                               std::span(out, samples * executor::sample_outputs)));
                };
            },
            .serve =
                [trained](const soma::server_options& options) {
                    return service_of(std::make_shared<soma::server<Program>>(*trained, options));
                }};
}

/// Each is compiled by a file of its own: they take long.
[[nodiscard]] std::vector<compiled_network> digits_networks();
[[nodiscard]] std::vector<compiled_network> resnet18_networks();
[[nodiscard]] std::vector<compiled_network> resnet50_networks();
[[nodiscard]] std::vector<compiled_network> resnet50_bf16_networks();

/// Writes the weights that `resnet50_networks` have as safetensors, for others to read.
void write_resnet50_weights(const std::string& path);

}  // namespace bench
