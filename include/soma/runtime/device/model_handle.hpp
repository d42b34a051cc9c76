// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model on a device, and what callers hold of it.

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/runtime/device/core_turn.hpp>
#include <soma/runtime/device/device_status.hpp>
#include <soma/runtime/serving/batch_server.hpp>
#include <soma/runtime/serving/completion.hpp>
#include <soma/runtime/serving/infer_awaitable.hpp>
#include <soma/runtime/serving/request.hpp>
#include <soma/runtime/serving/servable_model.hpp>

namespace soma {

namespace detail {

/// A model that a device and handles share. Once it is unloaded, what it needs to refuse requests
/// is left of it; executors, arenas and weights are gone.
class model_on_device {
public:
    /// \throws what `model.make` throws
    model_on_device(std::string name,
                    int group,
                    servable_model model,
                    std::shared_ptr<group_cores> cores,
                    double weight,
                    server_plan plan,
                    server_processing processing)
        : name_(std::move(name)),
          program_(std::move(model.program)),
          group_(group),
          cores_(model.cores),
          shape_(model.shape),
          share_(std::move(cores), model.cores, weight),
          server_(
              model.shape,
              std::move(plan),
              std::move(processing),
              [&](int) { return counted(model.make()); },
              &share_) {}
    model_on_device(const model_on_device&) = delete;
    model_on_device& operator=(const model_on_device&) = delete;

    /// Returns when nothing of the model runs; on a worker's thread at once.
    void unload(stop_mode mode) noexcept {
        leaving_ = true;
        server_.stop(mode);
    }
    [[nodiscard]] bool leaving() const noexcept { return leaving_; }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] int group() const noexcept { return group_; }
    [[nodiscard]] int cores() const noexcept { return cores_; }
    [[nodiscard]] const batch_shape& shape() const noexcept { return shape_; }
    [[nodiscard]] batch_server& server() noexcept { return server_; }
    [[nodiscard]] const batch_server& server() const noexcept { return server_; }

    /// Packed parameters; null once they are not the model's any more.
    [[nodiscard]] const std::byte* packed() const noexcept {
        return runners_ > 0 ? packed_.load() : nullptr;
    }
    [[nodiscard]] memory_status memory() const noexcept {
        return {.weights = runners_ > 0 ? weight_bytes_.load() : 0,
                .activations = activation_bytes_,
                .requests = server_.memory_bytes(),
                .timeline = server_.timeline_bytes()};
    }

    [[nodiscard]] model_status status() const {
        model_status now{.name = name_,
                         .program = program_,
                         .group = group_,
                         .cores = cores_,
                         .serving = server_.status(),
                         .workers = {},
                         .memory = memory()};
        for (int i = 0; i < server_.workers(); ++i) {
            now.workers.push_back(server_.worker(i));
        }
        return now;
    }

private:
    /// What a runner's memory is added to for as long as the runner lives.
    struct account {
        model_on_device& model;
        model_runner runner;

        account(model_on_device& of, model_runner own) : model(of), runner(std::move(own)) {
            model.activation_bytes_ += runner.activation_bytes;
            model.packed_ = runner.packed.data();
            model.weight_bytes_ = runner.packed.size();
            ++model.runners_;
        }
        account(const account&) = delete;
        account& operator=(const account&) = delete;
        ~account() {
            model.activation_bytes_ -= runner.activation_bytes;
            --model.runners_;
        }
    };

    [[nodiscard]] run_batch counted(model_runner own) {
        auto kept = std::make_shared<account>(*this, std::move(own));
        return [kept = std::move(kept)](const float* in, float* out, std::size_t samples) {
            kept->runner.run(in, out, samples);
        };
    }

    std::string name_;
    std::string program_;
    int group_;
    int cores_;
    batch_shape shape_;
    std::atomic<bool> leaving_{false};
    std::atomic<int> runners_{0};
    std::atomic<const std::byte*> packed_{nullptr};
    std::atomic<std::size_t> weight_bytes_{0};
    std::atomic<std::size_t> activation_bytes_{0};
    group_share share_;
    batch_server server_;
};

}  // namespace detail

/// A model that is loaded on a device. Copies are the same model; they may outlive it and its
/// device, and then refuse.
class model_handle {
public:
    explicit model_handle(std::shared_ptr<detail::model_on_device> model) noexcept
        : model_(std::move(model)) {}

    [[nodiscard]] const std::string& name() const noexcept { return model_->name(); }
    /// Values of a sample and of a result, as its callers see them.
    [[nodiscard]] std::size_t sample_inputs() const noexcept {
        return model_->server().sample_inputs();
    }
    [[nodiscard]] std::size_t sample_outputs() const noexcept {
        return model_->server().sample_outputs();
    }

    /// Begins a request of any number of samples, whose results come in their order. `in` and `out`
    /// must live until it is finished; what is in `out` is specified if it is `done`.
    completion submit(std::span<const float> in,
                      std::span<float> out,
                      request_options options = {}) const noexcept {
        return model_->server().submit(in, out, std::move(options));
    }

    /// The same; and `callback` is called when the request has ended, before its handle is ready.
    completion submit(std::span<const float> in,
                      std::span<float> out,
                      request_options options,
                      request_callback callback) const noexcept {
        return model_->server().submit(in, out, std::move(options), std::move(callback));
    }

    /// `co_await` gives the `request_result`. A handle must live until then.
    infer_awaitable infer(std::span<const float> in,
                          std::span<float> out,
                          request_options options = {}) const noexcept {
        return {model_->server(), in, out, std::move(options)};
    }

    [[nodiscard]] model_status status() const { return model_->status(); }
    /// The latest `server_options::timeline_events` events; those of a model that is unloaded, too.
    [[nodiscard]] soma::timeline timeline() const { return model_->server().timeline(); }
    [[nodiscard]] int group() const noexcept { return model_->group(); }

    /// Takes no more requests, finishes those it has or cancels what has not begun, and frees
    /// executors and weights. From any thread, and again; on a worker of any device's it does not
    /// wait for the end.
    void unload(stop_mode mode = stop_mode::drain) const noexcept { model_->unload(mode); }

private:
    std::shared_ptr<detail::model_on_device> model_;
};

}  // namespace soma
