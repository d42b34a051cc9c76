// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that cuts a chain of operations into the stages of a pipeline, so that the slowest
/// stage is as fast as it can be.

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

/// Looks for cuts that keep every stage within a time, for one time after the other.
///
/// A stage only gets slower as links are added to its end, so the links that follow i and can be
/// in a stage beginning at i are a prefix of those after i, and the places where k stages can end
/// are a prefix of the chain: the largest reach of any beginning that k - 1 stages can end at.
/// Prices of cuts do not disturb that, although they make the longest stage a bad choice at times.
///
/// A search that fails names the next time that is worth a try: no more than the least that any
/// stage which it refused takes. Between the two, every search fails in the same way.
template <int MaxLinks>
class stage_search {
public:
    static constexpr double never = std::numeric_limits<double>::infinity();

    constexpr stage_search(const chain_link* links,
                           int count,
                           int stages,
                           const core_memory& memory) noexcept
        : links_(links), count_(count), stages_(stages), memory_(memory) {
        for (int i = 0; i < count; ++i) {
            row& r = rows_[i];
            r.sum = stage_sum(links[i]);
            r.end = i;  // nothing is within a time yet
            r.next = seconds(r.sum);
            until_[i + 1].cached_seconds = until_[i].cached_seconds + links[i].cached_seconds;
            until_[i + 1].streamed_seconds = until_[i].streamed_seconds + links[i].streamed_seconds;
            until_[i + 1].weight_bytes = until_[i].weight_bytes + links[i].weight_bytes;
        }
        rounding_ = until_[count].streamed_seconds * 1e-12;
    }

    /// Whether stages of at most `limit` seconds exist; `found()` then has the cuts, else
    /// `rejected()` the least time above `limit` that might do. `keep` promises that no later limit
    /// is lower.
    [[nodiscard]] constexpr bool within(double limit, bool keep) noexcept {
        rejected_ = never;
        int begin = 0, ends = 0;  // stages so far begin before `begin` and end at `ends` at most
        for (stage_count_ = 0; stage_count_ < stages_ && ends < count_; ++stage_count_) {
            int furthest = ends;
            const bool last = stage_count_ + 1 == stages_;
            for (; begin <= ends; ++begin) {
                // Only a stage that gets further than the others matters, and the last to the end.
                if (furthest == count_
                    || out_of_reach(begin, last ? count_ : furthest + 1, limit)) {
                    continue;
                }
                const int reach = reach_of(begin, limit, keep);
                if (reach > furthest) {
                    furthest = reach;
                    chosen_[stage_count_] = static_cast<std::int16_t>(begin);
                }
            }
            if (furthest == ends) {
                return false;
            }
            ends = furthest;
        }
        return ends == count_;
    }

    /// The cuts that the last search found.
    [[nodiscard]] constexpr cuts found() const noexcept {
        cuts result{.found = true, .count = stage_count_};
        for (int s = 0; s < stage_count_; ++s) {
            result.first[s] = chosen_[s];
        }
        result.first[stage_count_] = static_cast<std::int16_t>(count_);
        for (int s = 0; s < stage_count_; ++s) {
            stage_sum sum(links_[result.first[s]]);
            for (int i = result.first[s] + 1; i < result.first[s + 1]; ++i) {
                sum.add(links_[i]);
            }
            const double taken = sum.seconds(memory_);
            result.bottleneck = taken > result.bottleneck ? taken : result.bottleneck;
        }
        return result;
    }

    /// After a search that failed: no lower time than this, which is above the limit, will do.
    [[nodiscard]] constexpr double rejected() const noexcept { return rejected_; }

private:
    struct totals {
        double cached_seconds = 0, streamed_seconds = 0;
        std::size_t weight_bytes = 0;
    };

    /// Stages that begin at one link: [i, end) is within every time that is still of interest.
    struct row {
        stage_sum sum{chain_link{}};  ///< of [i, end + 1)
        int end = 0;
        double next = 0;  ///< seconds of [i, end + 1)
    };

    [[nodiscard]] constexpr double seconds(const stage_sum& sum) const noexcept {
        return sum.allowed(memory_) ? sum.seconds(memory_) : never;
    }

    /// Whether even without activations in memory the links [i, end) take more than `limit`; says
    /// so only if it is certain. Saves most of the sums.
    [[nodiscard]] constexpr bool out_of_reach(int i, int end, double limit) noexcept {
        const std::size_t bytes = until_[end].weight_bytes - until_[i].weight_bytes;
        double least = until_[end].cached_seconds - until_[i].cached_seconds;
        if (bytes > memory_.bytes) {
            if (memory_.must_cache) {
                return true;
            }
            const double streamed = until_[end].streamed_seconds - until_[i].streamed_seconds;
            least += (streamed - least) * static_cast<double>(bytes - memory_.bytes)
                     / static_cast<double>(bytes);
        }
        least += links_[i].cut_seconds - rounding_;
        if (least > limit) {
            rejected_ = least < rejected_ ? least : rejected_;
            return true;
        }
        return false;
    }

    /// The end of the longest stage that begins at `i` and takes at most `limit`.
    [[nodiscard]] constexpr int reach_of(int i, double limit, bool keep) noexcept {
        row& known = rows_[i];
        if (known.end == count_) {
            return count_;
        }
        if (known.next > limit) {
            rejected_ = known.next < rejected_ ? known.next : rejected_;
            return known.end;
        }
        row r = known;
        do {
            if (++r.end == count_) {
                break;
            }
            r.sum.add(links_[r.end]);
            r.next = seconds(r.sum);
        } while (r.next <= limit);
        if (r.end < count_ && r.next < rejected_) {
            rejected_ = r.next;
        }
        if (keep) {
            known = r;
        }
        return r.end;
    }

    const chain_link* links_;
    int count_, stages_;
    core_memory memory_;
    row rows_[static_cast<std::size_t>(MaxLinks)] = {};
    totals until_[static_cast<std::size_t>(MaxLinks) + 1] = {};  ///< of the links before each
    double rounding_ = 0;                   ///< more than what differences of `until_` can be off
    std::int16_t chosen_[max_stages] = {};  ///< where each stage of the last search begins
    int stage_count_ = 0;
    double rejected_ = never;
};

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
/// both ends to times of actual stages: it ends at the exact optimum, after a few passes over the
/// chain each of which sums up only what lies between the two.
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
    detail::stage_search<MaxLinks> search(links, count, stages, memory);

    // Upwards, until some time will do: growing steps, as nothing says how dear the cuts are.
    double low = detail::least_bottleneck(links, count, stages);
    double limit = low;
    for (double step = 1.0 / 16; !search.within(limit, false); step *= 2) {
        if (search.rejected() == search.never) {
            return {};
        }
        (void)search.within(limit, true);
        low = search.rejected();
        limit = low * (1 + step);
    }

    cuts best = search.found();
    while (low < best.bottleneck) {
        const double middle = low + (best.bottleneck - low) / 2;
        // Where the two are neighbours, the middle is one of them.
        limit = middle < best.bottleneck ? middle : low;
        if (search.within(limit, false)) {
            const cuts better = search.found();
            if (!(better.bottleneck < best.bottleneck)) {
                break;
            }
            best = better;
        } else {
            low = search.rejected();
            (void)search.within(limit, true);
        }
    }
    return best;
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
