// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model's weights: immutable, packed once per way of packing, shared by every executor.

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <soma/io/safetensors.hpp>
#include <soma/runtime/weights/pack_weights.hpp>
#include <soma/runtime/weights/parameters.hpp>
#include <soma/runtime/weights/tensor_source.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

namespace detail {

/// One address per way of packing: programs that differ in their schedule alone share it.
template <class Formatted>
inline constexpr char packing_identity = 0;

}  // namespace detail

/// Immutable parameters of `Model`. Copies share one set; safe to use from any thread.
///
/// Those of a file stay there: what is in memory is what executors packed for themselves.
template <model_type Model>
class weights {
public:
    explicit weights(parameters<Model> values)
        : shared_(std::make_shared<shared>(std::move(values))) {}

    /// Keeps `file`, whose bytes `tensors` are, in the order of the parameter table; what `load`
    /// has checked.
    weights(io::safetensors file, std::vector<stored_tensor> tensors)
        : shared_(std::make_shared<shared>(std::move(file), std::move(tensors))) {}

    /// All tensors in FP32. Read from the file by the first caller, then in memory for as long as
    /// the weights live.
    [[nodiscard]] const parameters<Model>& values() const {
        const std::lock_guard lock(shared_->mutex);
        if (!shared_->values) {
            parameters<Model> all;
            std::size_t i = 0;
            for (const parameter_spec& spec : parameters<Model>::table::specs) {
                shared_->source.read(i++, 0, all.of(spec));
            }
            shared_->values = std::move(all);
        }
        return *shared_->values;
    }

    /// Packed parameters for `Formatted`; made by the first caller, kept while anyone uses them.
    template <class Formatted, class Isa>
    [[nodiscard]] std::shared_ptr<const aligned_buffer> packed() const {
        return packed_by<Formatted>([](const tensor_source& source, aligned_buffer& blob) {
            pack_nodes<Formatted, Isa>(source, 0, Formatted::size, blob.data());
        });
    }

    /// The same, where `pack(source, blob)` makes them unless somebody else has: it writes what
    /// `pack_nodes` would, on whatever threads it likes. If it throws, the next caller starts anew.
    ///
    /// \pre `pack` asks for no packed parameters of these weights: others wait until it is done.
    template <class Formatted, class Pack>
    [[nodiscard]] std::shared_ptr<const aligned_buffer> packed_by(Pack&& pack) const {
        const void* const identity = &detail::packing_identity<Formatted>;
        const std::lock_guard lock(shared_->mutex);
        std::weak_ptr<const aligned_buffer>& place = shared_->place_of(identity);
        if (auto alive = place.lock()) {
            return alive;
        }
        const auto fresh =
            std::make_shared<aligned_buffer>(Formatted::packed_bytes, aligned_buffer::unwritten{});
        pack(std::as_const(shared_->source), *fresh);
        place = fresh;
        return fresh;
    }

private:
    struct shared {
        explicit shared(parameters<Model> v) : values(std::move(v)), source(source_of(*values)) {}
        shared(io::safetensors f, std::vector<stored_tensor> tensors)
            : file(std::move(f)),
              source(parameters<Model>::table::specs, std::move(tensors), &*file) {}
        shared(const shared&) = delete;
        shared& operator=(const shared&) = delete;

        std::weak_ptr<const aligned_buffer>& place_of(const void* identity) {
            for (auto& [key, blob] : packed) {
                if (key == identity) {
                    return blob;
                }
            }
            return packed.emplace_back(identity, std::weak_ptr<const aligned_buffer>{}).second;
        }

        std::optional<parameters<Model>> values;
        std::optional<io::safetensors> file;
        tensor_source source;  ///< of `file` if there is one, else of `values`
        std::mutex mutex;
        std::vector<std::pair<const void*, std::weak_ptr<const aligned_buffer>>> packed;
    };
    std::shared_ptr<shared> shared_;
};

}  // namespace soma
