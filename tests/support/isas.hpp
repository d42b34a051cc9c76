// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The instruction sets that this build can run, side by side in one program.

#include <tuple>

#include <soma/simd/isa.hpp>

namespace soma::test {

/// Every instruction set the flags allow, the platform's guarantee first.
using enabled_isas = std::tuple<simd::isa::baseline
#if SOMA_HAS_AVX2
                                ,
                                simd::isa::avx2
#endif
#if SOMA_HAS_AVX512
                                ,
                                simd::isa::avx512
#endif
#if SOMA_HAS_AVX512_BF16
                                ,
                                simd::isa::avx512_bf16
#endif
#if SOMA_HAS_AMX_BF16
                                ,
                                simd::isa::amx_bf16
#endif
                                >;

/// Calls `f.operator()<Isa>()` for each of them.
template <class F>
void for_each_isa(F f) {
    [&]<class... Isa>(std::tuple<Isa...>*) {
        (f.template operator()<Isa>(), ...);
    }(static_cast<enabled_isas*>(nullptr));
}

}  // namespace soma::test
