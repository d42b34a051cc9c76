// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A device in software: groups of cores that models are loaded on, and share.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/hardware/instances.hpp>
#include <soma/runtime/device/core_turn.hpp>
#include <soma/runtime/device/device_layout.hpp>
#include <soma/runtime/device/device_status.hpp>
#include <soma/runtime/device/model_handle.hpp>
#include <soma/runtime/serving/servable_model.hpp>
#include <soma/runtime/serving/server_options.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace soma {

/// How a device works.
struct device_options {
    /// How far a model may get ahead of those that wait for its cores, in time of a whole group:
    /// longer changes models more rarely, shorter lets them wait less.
    std::chrono::nanoseconds quantum = std::chrono::milliseconds(2);
};

/// How a model is loaded.
struct load_options {
    std::string name{};  ///< one of its own; empty: `model-1`, `model-2`, ...
    int group = -1;  ///< negative: the one with the fewest models among those that have its cores
    double weight = 1;  ///< its share of a group's time, beside the weights of the others
    server_options server{};
};

/// Groups of cores with models on them. A group's models share its cores: a batch holds as many of
/// them as its executor has threads, and waits for its turn before it is put together. All members
/// are safe to use from any thread.
///
/// \pre it is not destroyed on a worker of one of its models
class device {
public:
    /// A modelled instance, whose cores are threads that the system slices to the cores it has.
    ///
    /// \param groups cores of each group, on consecutive cores; none: one group of all
    /// \throws std::invalid_argument if there are no such groups
    explicit device(const instance& modelled,
                    std::initializer_list<int> groups = {},
                    device_options options = {})
        : device(modelled, std::string_view(spelled_groups(groups)), options) {}
    /// \param groups sizes like `4,4,8` or copies x cores like `4x1`; empty: one group of all cores
    device(const instance& modelled, std::string_view groups, device_options options = {})
        : device(device_layout(modelled, groups), options) {}
    explicit device(device_layout layout, device_options options = {})
        : layout_(std::move(layout)) {
        if (options.quantum < std::chrono::nanoseconds::zero()) {
            throw std::invalid_argument("soma: device_options: quantum is negative");
        }
        for (int g = 0; g < layout_.groups(); ++g) {
            groups_.push_back(
                std::make_shared<group_cores>(layout_.group(g).cores, options.quantum));
        }
    }
    device(const device&) = delete;
    device& operator=(const device&) = delete;

    /// Unloads all models, which finish what they have.
    ~device() {
        for (const auto& model : models_) {
            model->unload(stop_mode::drain);
        }
    }

    /// This process's device: the cores that it may use, in one group. Made by the first caller.
    [[nodiscard]] static device& host() {
        static device one(device_layout::of_host(""));
        return one;
    }

    /// Loads a program, or `buckets` of several, while other models serve; returns when it serves,
    /// too.
    ///
    /// \throws std::invalid_argument for a name that is taken, a group that is not there or has too
    ///         few cores, options that make no sense; std::runtime_error if the memory of a chip
    ///         does not suffice; what an executor's constructor throws. The device is then as it
    ///         was.
    template <class Served>
    model_handle load(const weights<typename Served::model_type>& trained,
                      load_options options = {},
                      server_processing processing = {}) {
        return load(make_servable<Served>(trained), std::move(options), std::move(processing));
    }

    model_handle load(servable_model model,
                      load_options options = {},
                      server_processing processing = {}) {
        if (!(options.weight > 0) || !std::isfinite(options.weight)) {
            throw std::invalid_argument("soma: load_options: weight is not a positive number");
        }
        reap();  // not under a lock, which what is left of a model may want
        const std::lock_guard one_at_a_time(loading_);
        ++loads_;
        if (options.name.empty()) {
            options.name.append("model-").append(std::to_string(loads_));
        }
        loaded_model wanted{.name = options.name,
                            .cores = model.cores,
                            .device_bytes = model.weight_bytes,
                            .group = options.group};
        wanted.group = place(wanted);
        const auto g = static_cast<std::size_t>(wanted.group);
        auto fresh = std::make_shared<detail::model_on_device>(
            std::move(options.name), wanted.group, std::move(model), groups_[g], options.weight,
            server_plan(options.server, wanted.cores, layout_.cores(wanted.group)),
            std::move(processing));
        wanted = as_loaded(*fresh);
        static_cast<void>(place(wanted));
        const std::lock_guard lock(mutex_);
        models_.push_back(fresh);
        return model_handle(std::move(fresh));
    }

    /// Unloads the model of that name, as `model_handle::unload` does.
    ///
    /// \throws std::invalid_argument if there is none
    void unload(std::string_view name, stop_mode mode = stop_mode::drain) {
        find(name).unload(mode);
        reap();
    }

    /// The model of that name.
    ///
    /// \throws std::invalid_argument if there is none
    [[nodiscard]] model_handle find(std::string_view name) const {
        const std::lock_guard lock(mutex_);
        std::string known;
        for (const auto& model : models_) {
            if (model->leaving()) {
                continue;
            }
            if (model->name() == name) {
                return model_handle(model);
            }
            known.append(known.empty() ? " '" : ", '").append(model->name()).append("'");
        }
        throw std::invalid_argument(std::string("soma: device: no model is called '")
                                        .append(name)
                                        .append("'; loaded are")
                                        .append(known.empty() ? " none" : known));
    }

    /// All that are loaded, in the order in which they were.
    [[nodiscard]] std::vector<model_handle> models() const {
        const std::lock_guard lock(mutex_);
        std::vector<model_handle> all;
        for (const auto& model : models_) {
            if (!model->leaving()) {
                all.emplace_back(model);
            }
        }
        return all;
    }

    [[nodiscard]] device_status status() const {
        device_status now{.instance = std::string(layout_.where().name),
                          .uptime = serving_clock::now() - opened_,
                          .groups = {},
                          .models = {},
                          .memory = {}};
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            now.groups.push_back(groups_[g]->status());
            now.groups.back().first_core = layout_.group(static_cast<int>(g)).first_core;
        }
        const std::lock_guard lock(mutex_);
        std::vector<const std::byte*> counted;
        for (const auto& model : models_) {
            memory_status own = model->memory();
            const std::byte* const packed = model->packed();
            if (std::find(counted.begin(), counted.end(), packed) != counted.end()) {
                own.weights = 0;
            }
            counted.push_back(packed);
            now.memory += own;
            if (!model->leaving()) {
                now.models.push_back(model->status());
            }
        }
        return now;
    }

    [[nodiscard]] const device_layout& layout() const noexcept { return layout_; }

private:
    using model_pointer = std::shared_ptr<detail::model_on_device>;

    /// What `model` takes on a modelled device: on each of its cores' chips a share of all its
    /// workers' memory. A device has a copy of the weights for each load.
    [[nodiscard]] loaded_model as_loaded(const detail::model_on_device& model) const noexcept {
        const memory_status memory = model.memory();
        return {.name = model.name(),
                .cores = std::min(layout_.group(model.group()).cores,
                                  model.cores() * model.server().workers()),
                .device_bytes = memory.weights + memory.activations,
                .group = model.group()};
    }

    /// The group for `wanted` beside all that is loaded. \throws as `load` does
    [[nodiscard]] int place(const loaded_model& wanted) const {
        const std::lock_guard lock(mutex_);
        std::vector<loaded_model> all;
        for (const auto& model : models_) {
            if (!model->leaving() && model->name() == wanted.name) {
                throw std::invalid_argument(std::string("soma: device: a model called '")
                                                .append(wanted.name)
                                                .append("' is loaded already"));
            }
            all.push_back(as_loaded(*model));
        }
        all.push_back(wanted);
        return layout_.place(all);
    }

    /// Lets go of models that were unloaded, when nothing of them runs any more.
    void reap() {
        std::vector<model_pointer> gone;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& model : models_) {
                if (model->leaving() && !model->server().on_worker()) {
                    gone.push_back(model);
                }
            }
        }
        for (const auto& model : gone) {
            model->unload(stop_mode::drain);  // on whichever thread it began, wait for its end
        }
        const std::lock_guard lock(mutex_);
        std::erase_if(models_, [&](const model_pointer& model) {
            return std::find(gone.begin(), gone.end(), model) != gone.end();
        });
    }

    device_layout layout_;
    std::vector<std::shared_ptr<group_cores>> groups_;
    serving_clock::time_point opened_ = serving_clock::now();
    std::mutex loading_;
    int loads_ = 0;  ///< tried so far, under `loading_`
    mutable std::mutex mutex_;
    std::vector<model_pointer> models_;
};

}  // namespace soma
