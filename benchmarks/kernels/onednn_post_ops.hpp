// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What primitives do to their results, for versions 2 and 3 of oneDNN.

#include <oneapi/dnnl/dnnl.hpp>

namespace bench {

inline void append_relu(dnnl::post_ops& fused) {
#if DNNL_VERSION_MAJOR >= 3
    fused.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
#else
    fused.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
#endif
}

}  // namespace bench
