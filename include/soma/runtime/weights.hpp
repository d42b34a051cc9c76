// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model's weights: immutable, packed once per way of packing, shared by every executor.

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <soma/runtime/pack_weights.hpp>
#include <soma/runtime/parameters.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

namespace detail {

/// One address per way of packing: programs that differ in their schedule alone share it.
template <class Formatted>
inline constexpr char packing_identity = 0;

}  // namespace detail

/// Immutable parameters of `Model`. Copies share one set; safe to use from any thread.
template <model_type Model>
class weights {
public:
    explicit weights(parameters<Model> values)
        : shared_(std::make_shared<shared>(std::move(values))) {}

    [[nodiscard]] const parameters<Model>& values() const noexcept { return shared_->values; }

    /// Packed parameters for `Formatted`; made by the first caller, kept while anyone uses them.
    template <class Formatted, class Isa>
    [[nodiscard]] std::shared_ptr<const aligned_buffer> packed() const {
        const void* const identity = &detail::packing_identity<Formatted>;
        const std::lock_guard lock(shared_->mutex);
        for (auto& [key, blob] : shared_->packed) {
            if (key == identity) {
                if (auto alive = blob.lock()) {
                    return alive;
                }
                auto again = std::make_shared<const aligned_buffer>(
                    pack_weights<Formatted, Isa>(shared_->values));
                blob = again;
                return again;
            }
        }
        auto fresh =
            std::make_shared<const aligned_buffer>(pack_weights<Formatted, Isa>(shared_->values));
        shared_->packed.emplace_back(identity, fresh);
        return fresh;
    }

private:
    struct shared {
        explicit shared(parameters<Model> v) : values(std::move(v)) {}
        parameters<Model> values;
        std::mutex mutex;
        std::vector<std::pair<const void*, std::weak_ptr<const aligned_buffer>>> packed;
    };
    std::shared_ptr<shared> shared_;
};

}  // namespace soma
