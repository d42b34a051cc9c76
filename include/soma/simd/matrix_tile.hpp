// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// AMX: eight registers of 16 rows of 64 bytes, and the instruction that multiplies two of them.
///
/// One instruction does 8192 multiply-adds of BF16 operands, as many as 256 of AVX-512's.
/// Published: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, TDPBF16PS,
/// LDTILECFG; volume 1, chapter 18.

#include <cstddef>
#include <cstdint>

#include <soma/base/unroll.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/simd/arch/ops.hpp>
#include <soma/simd/isa.hpp>
#include <soma/simd/vec.hpp>

#if SOMA_HAS_AMX_BF16 && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace soma::simd {

/// Rows of a matrix tile, and bytes of a row.
inline constexpr int tile_height = 16;
inline constexpr int tile_row_bytes = 64;

/// Asks the system for the registers of `Isa`; false when it refuses.
///
/// Linux gives tiles to a process that asks for them, for all its threads, and kills one that uses
/// them unasked. Cheap enough to call again.
template <instruction_set Isa>
[[nodiscard]] bool acquire_registers() noexcept {
#if SOMA_HAS_AMX_BF16 && defined(__linux__)
    if constexpr (Isa::matrix_tiles) {
        constexpr long request_permission = 0x1023, tile_data = 18;
        return ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
    }
#endif
    return true;
}

#if SOMA_HAS_AMX_BF16

/// All eight tiles have their full size until this is destroyed; then they are given back, which
/// spares the system saving them.
class matrix_tile_scope {
public:
    matrix_tile_scope() noexcept {
        struct alignas(64) {
            std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
            std::uint16_t row_bytes[16] = {};
            std::uint8_t rows[16] = {};
        } configuration;
        static_assert(sizeof(configuration) == 64);
        for (int i = 0; i < 8; ++i) {
            configuration.row_bytes[i] = tile_row_bytes;
            configuration.rows[i] = tile_height;
        }
        asm volatile("ldtilecfg %0" : : "m"(configuration));
    }
    matrix_tile_scope(const matrix_tile_scope&) = delete;
    matrix_tile_scope& operator=(const matrix_tile_scope&) = delete;
    ~matrix_tile_scope() { asm volatile("tilerelease"); }
};

// The numbers of tiles are operands "i": intrinsics of g++ 12 take literals only.

/// Reads 16 rows, `stride` bytes apart, into tile `Tile`.
template <int Tile>
SOMA_ALWAYS_INLINE void tile_load(const void* from, std::ptrdiff_t stride) noexcept {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "i"(Tile) : "memory");
}

/// Writes tile `Tile` to 16 rows, `stride` bytes apart.
template <int Tile>
SOMA_ALWAYS_INLINE void tile_store(void* to, std::ptrdiff_t stride) noexcept {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride), "i"(Tile) : "memory");
}

/// `Sum += Rows * Columns`: 16 x 16 sums of 32 products.
///
/// The even and the odd elements of each row are chains of their own that start at zero; their sum
/// is added to `Sum`. Rounding is to nearest, subnormals are zero, whatever the mode.
template <int Sum, int Rows, int Columns>
SOMA_ALWAYS_INLINE void tile_dot_bf16() noexcept {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0"
                 :
                 : "i"(Sum), "i"(Rows), "i"(Columns)
                 : "memory");
}

/// Copies `count` elements and fills the row of a tile up with zeros. \pre `0 < count < 32`.
template <instruction_set Isa>
SOMA_ALWAYS_INLINE void copy_row(const bfloat16* from, int count, bfloat16* to) noexcept {
    using ops = arch::ops<Isa>;
    constexpr int half = tile_row_bytes / 4;
    const int rest = count > half ? count - half : 0;
    ops::store_half(ops::load_half_partial(from, count - rest), to);
    ops::store_half(ops::load_half_partial(from + (count - rest), rest), to + half);
}

#endif

}  // namespace soma::simd
