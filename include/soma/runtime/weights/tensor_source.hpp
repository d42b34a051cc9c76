// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model's tensors where they are stored, in a mapped file or in memory, read a piece at a time.

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <soma/io/safetensors.hpp>
#include <soma/numeric/format.hpp>
#include <soma/runtime/weights/parameters.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/vec.hpp>

namespace soma {

/// Row-major elements at any address.
struct stored_tensor {
    const std::byte* bytes = nullptr;
    format stored = format::f32;
};

namespace detail {

/// Widens `to.size()` elements at `bytes`, exactly; a file aligns nothing, so they are copied
/// first.
template <numeric_format Stored, class Cpu = simd::native>
void widen_stored(const std::byte* bytes, std::span<float> to) noexcept {
    if constexpr (format_of<Stored> == format::f32) {
        if (!to.empty()) {
            std::memcpy(to.data(), bytes, to.size_bytes());
        }
    } else {
        constexpr auto lanes = static_cast<std::size_t>(Cpu::lanes);
        Stored piece[16 * lanes];
        for (std::size_t i = 0; i < to.size();) {
            const std::size_t left = to.size() - i;
            const std::size_t count = left < 16 * lanes ? left : 16 * lanes;
            std::memcpy(piece, bytes + i * sizeof(Stored), count * sizeof(Stored));
            for (std::size_t k = 0; k < count; k += lanes) {
                const std::size_t some = count - k < lanes ? count - k : lanes;
                simd::store_partial(simd::load_partial<Cpu>(piece + k, static_cast<int>(some)),
                                    &to[i + k], static_cast<int>(some));
            }
            i += count;
        }
    }
}

}  // namespace detail

/// Hands out the tensors of one model as floats.
///
/// A file's pages behind a reader are given back to the system: tensors are meant to be read from
/// front to back, and reading one again costs the time and not the memory.
class tensor_source {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// Reads nothing yet: `tensors[i]` belongs to `specs[i]`; `file`, if any, is what they lie in.
    /// All three must outlive the source.
    tensor_source(std::span<const parameter_spec> specs,
                  std::vector<stored_tensor> tensors,
                  const io::safetensors* file) noexcept
        : specs_(specs), tensors_(std::move(tensors)), file_(file) {}

    /// The number of a node's tensor; `none` when the node has no such.
    [[nodiscard]] std::size_t find(const packed_name& layer,
                                   parameter_role role,
                                   const packed_name& custom = {}) const noexcept {
        for (std::size_t i = 0; i < specs_.size(); ++i) {
            if (is_tensor(specs_[i], layer, role, custom)) {
                return i;
            }
        }
        return none;
    }

    /// Elements of tensor `which`.
    [[nodiscard]] std::size_t elements(std::size_t which) const noexcept {
        return specs_[which].elements;
    }

    /// The elements of tensor `which` from `first` on, as many as `to` takes.
    void read(std::size_t which, std::size_t first, std::span<float> to) const noexcept {
        const stored_tensor& tensor = tensors_[which];
        const std::size_t size = size_of(tensor.stored);
        const std::byte* const from = tensor.bytes + first * size;
        switch (tensor.stored) {
            case format::f32: detail::widen_stored<float>(from, to); break;
            case format::f16: detail::widen_stored<float16>(from, to); break;
            case format::bf16: detail::widen_stored<bfloat16>(from, to); break;
        }
        if (file_ != nullptr) {
            give_back(which, first * size, (first + to.size()) * size);
        }
    }

    /// All elements of tensor `which`.
    [[nodiscard]] std::vector<float> all(std::size_t which) const {
        std::vector<float> values(elements(which));
        read(which, 0, values);
        return values;
    }

private:
    /// Bytes `first` to `last` were read: releases from time to time, and at the end of a tensor.
    void give_back(std::size_t which, std::size_t first, std::size_t last) const noexcept {
        constexpr std::size_t step = std::size_t{1} << 20;
        const stored_tensor& tensor = tensors_[which];
        if (first / step != last / step || last == elements(which) * size_of(tensor.stored)) {
            const std::size_t from = first / step * step;
            file_->release({tensor.bytes + from, last - from});
        }
    }

    std::span<const parameter_spec> specs_;
    std::vector<stored_tensor> tensors_;
    const io::safetensors* file_;
};

/// The source of `values`, which must outlive it.
template <model_type Model>
[[nodiscard]] tensor_source source_of(const parameters<Model>& values) {
    std::vector<stored_tensor> tensors;
    for (const parameter_spec& spec : parameters<Model>::table::specs) {
        tensors.push_back({std::as_bytes(values.of(spec)).data(), format::f32});
    }
    return {parameters<Model>::table::specs, std::move(tensors), nullptr};
}

}  // namespace soma
