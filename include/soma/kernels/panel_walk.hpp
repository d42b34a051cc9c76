// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The order in which panels of output channels are computed.

#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// Visits the panels of a part and points a job, which keeps its other members, at what the present
/// one reads and writes.
template <class Isa, numeric_format T, numeric_format Out>
class panel_walk {
public:
    /// \pre As for `conv2d`. Jobs point into the walk: it stays where it is.
    panel_walk(const conv_geometry& g,
               const T* weights,
               const float* bias,
               Out* out,
               const epilogue<Out>& finish,
               const conv_part& part) noexcept
        : tiling_(pick_tiling<Isa, T>(g)),
          weights_(weights),
          bias_(bias),
          out_(out),
          residual_(finish.residual),
          finish_(finish),
          begin_(part.first_panel),
          end_(part.within(conv_part::all, tiling_.panels).last_panel),
          groups_(g.groups),
          group_columns_(g.group_out()),
          group_bias_(round_up(g.group_out(), Isa::lanes)),
          group_elements_(detail::group_elements<Isa, T>(g)),
          panel_elements_(static_cast<std::size_t>(tiling_.nv * Isa::lanes)
                          * static_cast<std::size_t>(panel_depth<Isa, T>(g))) {
        const int padded = pitch_of(g.out_c, format_of<Out>);
        pad_columns_ = (padded < g.out_pitch ? padded : g.out_pitch) - g.out_c;
    }

    [[nodiscard]] const conv_tiling& tiling() const noexcept { return tiling_; }

    /// Panels of the part in each group.
    [[nodiscard]] int count() const noexcept { return end_ - begin_; }

    /// Bytes of the weights of a panel, if it is not the narrow one.
    [[nodiscard]] std::size_t panel_bytes() const noexcept { return panel_elements_ * sizeof(T); }

    /// Bytes of a group's weights that the part reads.
    [[nodiscard]] std::size_t part_bytes() const noexcept {
        const std::size_t end = end_ == tiling_.panels
                                    ? group_elements_
                                    : static_cast<std::size_t>(end_) * panel_elements_;
        return (end - static_cast<std::size_t>(begin_) * panel_elements_) * sizeof(T);
    }

    /// The weights of the part's first panel of `group`.
    [[nodiscard]] const T* first_weights(int group) const noexcept {
        return weights_ + static_cast<std::size_t>(group) * group_elements_
               + static_cast<std::size_t>(begin_) * panel_elements_;
    }

    /// The weights of the next panel. \pre There is one.
    template <class Job>
    [[nodiscard]] const T* next_weights(const Job& job) const noexcept {
        return job.weights + panel_elements_;
    }

    /// Goes to the part's first panel of `group`. \pre `count() > 0`.
    template <class Job>
    void start(int group, Job& job) noexcept {
        const int skipped = begin_ * tiling_.nv * Isa::lanes;
        const int column = group * group_columns_ + skipped;
        panel_ = begin_;
        tail_columns_ = tail_columns(group);
        job.weights = first_weights(group);
        job.bias = bias_ + group * group_bias_ + skipped;
        job.out = out_ + column;
        job.finish = &finish_;
        finish_.residual = residual_ == nullptr ? nullptr : residual_ + column;
        set_width(job);
    }

    /// Goes to the next panel of the group; false where there is none.
    template <class Job>
    [[nodiscard]] bool next(Job& job) noexcept {
        if (at_last()) {
            return false;
        }
        const int columns = tiling_.nv * Isa::lanes;
        ++panel_;
        job.weights += panel_elements_;
        job.bias += columns;
        job.out += columns;
        if (finish_.residual != nullptr) {
            finish_.residual += columns;
        }
        set_width(job);
        return true;
    }

    /// Takes all groups as one panel, as depthwise kernels do.
    template <class Job>
    void start_depthwise(Job& job) noexcept {
        job.weights = weights_;
        job.bias = bias_;
        job.out = out_;
        job.columns = groups_ * group_columns_ + pad_columns_;
        job.finish = &finish_;
    }

    /// Whether the present panel is the part's last one of its group.
    [[nodiscard]] bool at_last() const noexcept { return panel_ + 1 == end_; }

    /// Vectors of the present panel.
    [[nodiscard]] int vectors() const noexcept { return nv_; }

private:
    /// Columns to store of the last panel of `group`.
    [[nodiscard]] int tail_columns(int group) const noexcept {
        const int left = group_columns_ - (tiling_.panels - 1) * tiling_.nv * Isa::lanes
                         + (group + 1 == groups_ ? pad_columns_ : 0);
        return left < tiling_.tail_nv * Isa::lanes ? left : tiling_.tail_nv * Isa::lanes;
    }

    template <class Job>
    void set_width(Job& job) noexcept {
        const bool tail = panel_ + 1 == tiling_.panels;
        nv_ = tail ? tiling_.tail_nv : tiling_.nv;
        job.columns = tail ? tail_columns_ : tiling_.nv * Isa::lanes;
    }

    conv_tiling tiling_;
    const T* weights_;
    const float* bias_;
    Out* out_;
    const Out* residual_;
    epilogue<Out> finish_;  ///< with the residual of the present panel
    int begin_;             ///< the first panel of the part
    int end_;               ///< behind its last panel
    int groups_;
    int group_columns_;           ///< output channels of a group
    int group_bias_;              ///< floats of a group's bias
    int pad_columns_;             ///< to store behind the last group's: what completes a pair
    std::size_t group_elements_;  ///< of packed weights
    std::size_t panel_elements_;  ///< of packed weights
    int panel_ = 0;               ///< the present one
    int tail_columns_ = 0;        ///< to store of the last panel of the present group
    int nv_ = 0;                  ///< of the present panel
};

}  // namespace soma::kernels
