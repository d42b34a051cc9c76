// SPDX-License-Identifier: MIT

#include "top/demonstration.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include <soma/perf/prometheus.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/runtime/device/device.hpp>

#include "digits/model.hpp"

namespace top {

namespace {

using namespace soma;
using namespace std::chrono_literals;

/// A network of another kind beside the convolutional one.
struct perceptron : model<input<float, 1, 8, 8>,
                          layers::flatten,
                          layers::linear<"hidden1", 512>,
                          layers::relu,
                          layers::linear<"hidden2", 512>,
                          layers::relu,
                          layers::linear<"out", 10>> {};

constexpr std::size_t pixels = perceptron::input_shape::size;
constexpr std::size_t longest = 48;  // samples of a request

/// What one client does until it is told to stop.
class client {
public:
    client(model_handle model, unsigned seed) : model_(std::move(model)), random_(seed) {
        for (float& pixel : in_) {
            pixel = std::uniform_real_distribution<float>()(random_);
        }
    }

    /// How long it waits before the next request.
    [[nodiscard]] std::chrono::duration<double> gap() {
        return std::chrono::duration<double>(std::exponential_distribution<>(150)(random_));
    }

    /// Of 100 requests four are long, one is in a hurry and one is given up.
    void ask() {
        const auto kind = random_() % 100;
        const std::size_t samples = kind < 4 ? longest : 1 + random_() % 6;
        request_options options;
        if (kind == 4) {
            options.deadline = serving_clock::now() + 20us;
        }
        const completion request =
            model_.submit(std::span<const float>(in_).first(samples * pixels),
                          std::span(out_).first(samples * 10), options);
        if (kind == 5) {
            request.cancel();
        }
        request.wait();
    }

private:
    model_handle model_;
    std::mt19937 random_;
    std::vector<float> in_ = std::vector<float>(longest * pixels);
    std::vector<float> out_ = std::vector<float>(longest * 10);
};

}  // namespace

class demonstration::load {
public:
    load() {
        const weights<digits::resnet> trained = soma::load<digits::resnet>(
            SOMA_SOURCE_DIR "/examples/digits/data/digits_resnet.safetensors");
        const server_options gather{.in_flight = 8, .max_delay = 1ms};
        begin(device::host().load<program<digits::resnet, bf16, batch<8>>>(
            trained, {.name = "digits", .server = gather}));
        begin(device::host().load<program<perceptron, fp32, batch<4>>>(
            weights<perceptron>(perf::synthetic_parameters<perceptron>(7)),
            {.name = "perceptron", .server = gather}));
    }
    load(const load&) = delete;
    load& operator=(const load&) = delete;
    ~load() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        stop_.notify_all();
        for (std::thread& each : threads_) {
            each.join();
        }
    }

private:
    void begin(const model_handle& model) {
        for (int c = 0; c < 4; ++c) {
            const auto seed = static_cast<unsigned>(threads_.size());
            threads_.emplace_back([this, busy = client(model, seed)]() mutable {
                std::unique_lock lock(mutex_);
                while (!stop_.wait_for(lock, busy.gap(), [this] { return stopped_; })) {
                    lock.unlock();
                    busy.ask();
                    lock.lock();
                }
            });
        }
    }

    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

demonstration::demonstration() : load_(std::make_unique<load>()) {}
demonstration::~demonstration() = default;

std::string demonstration::metrics() const {
    std::ostringstream text;
    perf::write_prometheus(text, device::host().status());
    return text.str();
}

}  // namespace top
