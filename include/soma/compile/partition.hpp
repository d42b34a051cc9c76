// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that cuts a chain of operations into the stages of a pipeline, so that the slowest
/// stage is as fast as it can be.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <soma/hardware/prediction.hpp>
#include <soma/hardware/stage_sum.hpp>

namespace soma {

/// Where a chain is cut: stage s is the links [first[s], first[s + 1]).
struct cuts {
    bool found = false;  ///< false: no cuts leave every stage `allowed`
    int count = 0;       ///< stages
    std::int16_t first[max_stages + 1] = {};
    double bottleneck = 0;  ///< seconds of the slowest stage
};

namespace detail {

/// The sums over any run of a chain's links, in a few operations: differences of sums from the
/// chain's beginning, and the largest of two overlapping runs whose lengths are powers of two.
template <int MaxLinks>
class run_sums {
public:
    constexpr run_sums(const chain_link* links, int count, const core_memory& memory) noexcept
        : links_(links), memory_(memory) {
        for (int i = 0; i < count; ++i) {
            const chain_link& l = links[i];
            const totals& before = until_[i];
            until_[i + 1] = {before.cached_seconds + l.cached_seconds,
                             before.more_seconds + (l.streamed_seconds - l.cached_seconds),
                             before.weight_bytes + l.weight_bytes};
            most_[0][i] = {l.weight_bytes, l.live_bytes};
            level_of_[i + 1] = static_cast<std::int8_t>(i == 0 ? 0 : level_of_[(i + 1) / 2] + 1);
        }
        for (int level = 1; level < levels && 1 << level <= count; ++level) {
            const int half = 1 << (level - 1);
            for (int i = 0; i + 2 * half <= count; ++i) {
                most_[level][i] = larger(most_[level - 1][i], most_[level - 1][i + half]);
            }
        }
    }

    /// `stage_sum::seconds` of [first, last), but for rounding; infinite where it is not allowed.
    [[nodiscard]] constexpr double seconds(int first, int last) const noexcept {
        const totals &begin = until_[first], &end = until_[last];
        const std::size_t weights = end.weight_bytes - begin.weight_bytes;
        const double cached =
            links_[first].cut_seconds + (end.cached_seconds - begin.cached_seconds);
        const int level = level_of_[last - first];
        const peaks most = larger(most_[level][first], most_[level][last - (1 << level)]);
        if (weights + most.live_bytes <= memory_.bytes) {
            return cached;
        }
        stage_sum sum(chain_link{});
        sum.weight_bytes = weights;
        sum.largest_weight_bytes = most.weight_bytes;
        sum.live_bytes = most.live_bytes;
        const std::size_t streamed = sum.streamed_bytes(memory_);
        return memory_.must_cache ? std::numeric_limits<double>::infinity()
               : streamed == 0
                   ? cached
                   : cached
                         + (end.more_seconds - begin.more_seconds)
                               * (static_cast<double>(streamed) / static_cast<double>(weights));
    }

private:
    struct totals {
        double cached_seconds = 0, more_seconds = 0;  ///< more: that streaming adds
        std::size_t weight_bytes = 0;
    };
    struct peaks {
        std::size_t weight_bytes = 0, live_bytes = 0;
    };
    static constexpr auto levels =
        static_cast<int>(std::bit_width(static_cast<unsigned>(MaxLinks)));

    [[nodiscard]] static constexpr peaks larger(const peaks& a, const peaks& b) noexcept {
        return {a.weight_bytes > b.weight_bytes ? a.weight_bytes : b.weight_bytes,
                a.live_bytes > b.live_bytes ? a.live_bytes : b.live_bytes};
    }

    const chain_link* links_;
    core_memory memory_;
    std::int8_t level_of_[static_cast<std::size_t>(MaxLinks) + 1] = {};  ///< log2 of a run's length
    totals until_[static_cast<std::size_t>(MaxLinks) + 1] = {};  ///< of the links before each
    peaks most_[static_cast<std::size_t>(levels)][static_cast<std::size_t>(MaxLinks)] = {};
};

/// Looks for cuts that keep every stage within a time, for one time after the other.
///
/// A stage only gets slower as links are added to its end, so the ends of stages that begin at one
/// link are a prefix of what follows it, and the ends of k stages are a prefix of the chain: as far
/// as the furthest end of a stage that begins where k - 1 stages can end. Prices of cuts do not
/// disturb that, although they make the end of the longest stage a bad place for the next one.
///
/// A search that fails names the next time that is worth a try: the least that any stage which it
/// refused takes. Between the two, every search fails in the same way.
template <int MaxLinks>
class stage_search {
public:
    static constexpr double never = std::numeric_limits<double>::infinity();

    constexpr stage_search(const chain_link* links,
                           int count,
                           int stages,
                           const core_memory& memory) noexcept
        : sums_(links, count, memory), count_(count), stages_(stages) {}

    /// Whether stages of at most `limit` seconds exist; `found()` then has the cuts, else
    /// `rejected()` the least time above `limit` that might do.
    [[nodiscard]] constexpr bool within(double limit) noexcept {
        rejected_ = never;
        int begin = 0, ends = 0;  // what begins before `begin` is known to end at `ends` at most
        for (used_ = 0; used_ < stages_ && ends < count_; ++used_) {
            // Only an end beyond all others matters, and of the last stage the end of the chain.
            int next = used_ + 1 == stages_ ? count_ : ends + 1;
            for (; begin <= ends && next <= count_; ++begin) {
                double taken = sums_.seconds(begin, next);
                for (; taken <= limit; taken = sums_.seconds(begin, next)) {
                    first_[used_] = static_cast<std::int16_t>(begin);
                    if (++next > count_) {
                        ++used_;
                        return true;
                    }
                }
                rejected_ = taken < rejected_ ? taken : rejected_;
            }
            if (used_ + 1 == stages_ || next == ends + 1) {
                return false;
            }
            ends = next - 1;
        }
        return false;
    }

    /// The cuts that the last search found.
    [[nodiscard]] constexpr cuts found() const noexcept {
        cuts result{.found = true, .count = used_};
        result.first[used_] = static_cast<std::int16_t>(count_);
        for (int s = used_ - 1; s >= 0; --s) {
            result.first[s] = first_[s];
            const double taken = sums_.seconds(first_[s], result.first[s + 1]);
            result.bottleneck = taken > result.bottleneck ? taken : result.bottleneck;
        }
        return result;
    }

    [[nodiscard]] constexpr double rejected() const noexcept { return rejected_; }

private:
    run_sums<MaxLinks> sums_;
    int count_, stages_;
    std::int16_t first_[max_stages] = {};  ///< where each stage of the last search begins
    int used_ = 0;                         ///< stages of the last search
    double rejected_ = never;
};

/// `of` with the seconds of its slowest stage, as `stage_sum` adds them up; nothing where a stage
/// is not allowed.
[[nodiscard]] constexpr cuts priced(cuts of,
                                    const chain_link* links,
                                    const core_memory& memory) noexcept {
    of.found = true;
    of.bottleneck = 0;
    for (int s = 0; s < of.count; ++s) {
        stage_sum sum(links[of.first[s]]);
        for (int i = of.first[s] + 1; i < of.first[s + 1]; ++i) {
            sum.add(links[i]);
        }
        if (!sum.allowed(memory)) {
            return {};
        }
        const double taken = sum.seconds(memory);
        of.bottleneck = taken > of.bottleneck ? taken : of.bottleneck;
    }
    return of;
}

/// A time that no cuts can beat: of the slowest link, or of all links spread evenly.
[[nodiscard]] constexpr double least_bottleneck(const chain_link* links,
                                                int count,
                                                int stages) noexcept {
    double slowest = 0, total = 0;
    for (int i = 0; i < count; ++i) {
        total += links[i].cached_seconds;
        slowest = links[i].cached_seconds > slowest ? links[i].cached_seconds : slowest;
    }
    const double even = total / stages;
    // Sums in another order may round to a little less.
    return (even > slowest ? even : slowest) * (1 - 1e-9);
}

}  // namespace detail

/// Cuts `count` links into at most `stages` runs, none empty, so that the slowest run takes as
/// little time as possible and each is `allowed`. Among equals it has as few runs as can be.
///
/// The search halves the interval between a time that is too short and one that will do, and moves
/// both ends to times of actual stages, so it ends at the optimum itself after a dozen passes over
/// the chain.
///
/// \pre `count <= MaxLinks`, `MaxLinks < 32768`; stages beyond `max_stages` are not used.
template <int MaxLinks>
[[nodiscard]] constexpr cuts partition(const chain_link* links,
                                       int count,
                                       int stages,
                                       const core_memory& memory) noexcept {
    static_assert(MaxLinks > 0 && MaxLinks < 32'768, "partition: links are numbered with 16 bits");
    if (count < 1 || stages < 1) {
        return {};
    }
    stages = stages < max_stages ? stages : max_stages;
    stages = stages < count ? stages : count;
    if (stages == 1) {
        cuts whole{.count = 1};
        whole.first[1] = static_cast<std::int16_t>(count);
        return detail::priced(whole, links, memory);
    }
    detail::stage_search<MaxLinks> search(links, count, stages, memory);

    // Upwards, until some time will do: growing steps, as nothing says how dear the cuts are.
    double low = detail::least_bottleneck(links, count, stages);
    double limit = low;
    for (double step = 1.0 / 16; !search.within(limit); step *= 2) {
        if (search.rejected() == search.never) {
            return {};
        }
        low = search.rejected();
        limit = low * (1 + step);
    }

    cuts best = search.found();
    while (low < best.bottleneck) {
        const double middle = low + (best.bottleneck - low) / 2;
        // Where the two are neighbours, the middle is one of them.
        if (search.within(middle < best.bottleneck ? middle : low)) {
            const cuts better = search.found();
            if (!(better.bottleneck < best.bottleneck)) {
                break;
            }
            best = better;
        } else {
            low = search.rejected();
        }
    }

    return detail::priced(best, links, memory);
}

/// The fewest stages for which all weights stay on chip; 0 where one link's do not.
[[nodiscard]] constexpr int least_stages(const chain_link* links,
                                         int count,
                                         const core_memory& memory) noexcept {
    int stages = 0;
    for (int i = 0; i < count; ++stages) {
        stage_sum sum(links[i]);
        if (!sum.cached(memory)) {
            return 0;
        }
        // As long as possible: a stage that begins later needs no more memory.
        for (++i; i < count; ++i) {
            sum.add(links[i]);
            if (!sum.cached(memory)) {
                break;
            }
        }
    }
    return stages;
}

}  // namespace soma
