// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Descriptions of the primitives a chain needs, for versions 2 and 3 of oneDNN.

#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/onednn_post_ops.hpp"
#include "models/onednn_network.hpp"

namespace bench::onednn {

using dnnl::memory;
using tag = memory::format_tag;
using type = memory::data_type;

inline constexpr auto inference = dnnl::prop_kind::forward_inference;

[[nodiscard]] inline memory::dims dims_of(const memory::desc& layout) {
#if DNNL_VERSION_MAJOR >= 3
    return layout.get_dims();
#else
    return layout.dims();
#endif
}

/// Scratch memory from the caller; a sum with what the target holds, then a ReLU, where wanted.
[[nodiscard]] inline dnnl::primitive_attr attributes(bool sum, bool relu) {
    dnnl::primitive_attr result;
    result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops fused;
    if (sum) {
        fused.append_sum(1.0F);
    }
    if (relu) {
        append_relu(fused);
    }
    result.set_post_ops(fused);
    return result;
}

/// A convolution; `source` and `target` may leave their layouts to the library.
[[nodiscard]] inline dnnl::convolution_forward::primitive_desc convolution(
    const dnnl::engine& engine,
    const network_step& s,
    dnnl::algorithm method,
    const memory::desc& source,
    const memory::desc& target,
    type stored) {
    const memory::desc weights({s.out_c, s.in_c, s.window, s.window}, stored, tag::any);
    const memory::desc bias({s.out_c}, type::f32, tag::a);
    const memory::dim after = (s.out_size - 1) * s.stride + s.window - s.in_size - s.pad;
    const memory::dims strides{s.stride, s.stride};
    const memory::dims before{s.pad, s.pad};
    using primitive = dnnl::convolution_forward;
#if DNNL_VERSION_MAJOR >= 3
    return primitive::primitive_desc(engine, inference, method, source, weights, bias, target,
                                     strides, before, {after, after},
                                     attributes(s.residual >= 0, s.relu));
#else
    return primitive::primitive_desc(primitive::desc(inference, method, source, weights, bias,
                                                     target, strides, before, {after, after}),
                                     attributes(s.residual >= 0, s.relu), engine);
#endif
}

/// The product of the whole image with a matrix; a row per image.
[[nodiscard]] inline dnnl::inner_product_forward::primitive_desc inner_product(
    const dnnl::engine& engine,
    const network_step& s,
    const memory::desc& source,
    const memory::desc& target,
    type stored) {
    memory::dims shape = dims_of(source);
    shape[0] = s.out_c;
    const memory::desc weights(shape, stored, tag::any);
    const memory::desc bias({s.out_c}, type::f32, tag::a);
    using primitive = dnnl::inner_product_forward;
#if DNNL_VERSION_MAJOR >= 3
    return primitive::primitive_desc(engine, inference, source, weights, bias, target,
                                     attributes(false, s.relu));
#else
    return primitive::primitive_desc(primitive::desc(inference, source, weights, bias, target),
                                     attributes(false, s.relu), engine);
#endif
}

/// A maximum, or the mean of pixels of the image, over windows.
[[nodiscard]] inline dnnl::pooling_forward::primitive_desc pooling(const dnnl::engine& engine,
                                                                   const network_step& s,
                                                                   const memory::desc& source,
                                                                   const memory::desc& target) {
    const auto method = s.kind == "maxpool" ? dnnl::algorithm::pooling_max
                                            : dnnl::algorithm::pooling_avg_exclude_padding;
    const memory::dim after = (s.out_size - 1) * s.stride + s.window - s.in_size - s.pad;
    const memory::dims strides{s.stride, s.stride};
    const memory::dims window{s.window, s.window};
    const memory::dims before{s.pad, s.pad};
    using primitive = dnnl::pooling_forward;
#if DNNL_VERSION_MAJOR >= 3
    return primitive::primitive_desc(engine, inference, method, source, target, strides, window,
                                     {0, 0}, before, {after, after}, attributes(false, false));
#else
    return primitive::primitive_desc(
        primitive::desc(inference, method, source, target, strides, window, before, {after, after}),
        attributes(false, false), engine);
#endif
}

}  // namespace bench::onednn
