// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Cores that threads of this process keep for themselves.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <soma/runtime/threads/affinity.hpp>
#include <soma/runtime/threads/cores.hpp>

namespace soma {

namespace detail {

inline constexpr int numbered_cores = 1024;

/// A bit for each core of the system that a `core_claim` holds.
inline std::array<std::atomic<std::uint64_t>, numbered_cores / 64> claimed_cores{};

/// Whether the bit was clear.
[[nodiscard]] inline bool take_core(int core) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (core % 64);
    return (claimed_cores[static_cast<std::size_t>(core / 64)].fetch_or(bit) & bit) == 0;
}
inline void return_core(int core) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (core % 64);
    claimed_cores[static_cast<std::size_t>(core / 64)].fetch_and(~bit);
}

/// Cores that the calling thread may run on; none where a quota gives it less time than they have,
/// because then others own a part of each.
[[nodiscard]] inline std::vector<int> cores_to_pin() {
    std::vector<int> all = allowed_cores();
    if (!keeps_threads || static_cast<int>(all.size()) != available_cores()) {
        return {};
    }
    std::erase_if(all, [](int core) { return core >= numbered_cores; });
    return all;
}

}  // namespace detail

/// A number of cores that no other claim in this process holds, or none at all.
class core_claim {
public:
    /// Takes `wanted` cores where as many are free.
    explicit core_claim(int wanted) {
        const std::vector<int> candidates = detail::cores_to_pin();
        held_.reserve(candidates.size());
        for (const int core : candidates) {
            if (static_cast<int>(held_.size()) < wanted && detail::take_core(core)) {
                held_.push_back(core);
            }
        }
        if (static_cast<int>(held_.size()) < wanted) {
            give_back();
        }
    }
    core_claim(const core_claim&) = delete;
    core_claim& operator=(const core_claim&) = delete;
    ~core_claim() { give_back(); }

    /// The cores, or nothing.
    [[nodiscard]] const std::vector<int>& cores() const noexcept { return held_; }

    /// Keeps the calling thread on core `i` of these, if there are any and the system agrees.
    void pin(int i) const noexcept {
        if (!held_.empty()) {
            keep_thread_to(std::span(held_).subspan(static_cast<std::size_t>(i), 1));
        }
    }

private:
    void give_back() noexcept {
        for (const int core : held_) {
            detail::return_core(core);
        }
        held_.clear();
    }

    std::vector<int> held_;
};

}  // namespace soma
