// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights on their way into the cache while others are multiplied.

#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/kernels/tile_job.hpp>

namespace soma::kernels::detail {

/// Weights still to be fetched while tiles compute, at the pace at which they will be needed.
///
/// A fetch holds one of the first level's few fill buffers until its line is there. Asked for as
/// fast as a tile computes, lines from a slow last-level cache fill all of them, and the loads of
/// the tile wait: spread over all tiles of a panel, 3x3 convolutions of 7x7 pixels took a quarter
/// less time on a processor of two hundred nanoseconds.
class weight_stream {
public:
    /// `bytes` from `from`, or none for null, within `steps`; a line per step at most.
    void start(const void* from, std::size_t bytes, std::int64_t steps) noexcept {
        next_ = reinterpret_cast<std::uintptr_t>(from);
        left_ = from == nullptr ? 0 : static_cast<std::int64_t>(bytes);
        const std::int64_t even = steps > 0 ? ceil_div(left_, steps) : cache_line;
        pace_ = even < cache_line ? even : cache_line;
    }

    /// Bytes from one step's fetch to the next one's.
    [[nodiscard]] std::uintptr_t pace() const noexcept {
        return static_cast<std::uintptr_t>(pace_);
    }

    /// The address for the next `steps` fetches, or zero where nothing is left.
    [[nodiscard]] std::uintptr_t take(std::int64_t steps) noexcept {
        if (left_ <= 0) {
            return 0;
        }
        const std::uintptr_t taken = next_;
        next_ += static_cast<std::uintptr_t>(steps * pace_);
        left_ -= steps * pace_;
        return taken;
    }

private:
    std::uintptr_t next_ = 0;
    std::int64_t left_ = 0;
    std::int64_t pace_ = cache_line;
};

}  // namespace soma::kernels::detail
