// SPDX-License-Identifier: MIT
//
// Stands in front of glibc's allocator: a program's own malloc is used by every library in it.

#include "models/count_allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>

#if defined(__GLIBC__)
#include <errno.h>

namespace {
std::atomic<std::uint64_t> allocations{0};

void count_one() noexcept {
    allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
    count_one();
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    count_one();
    return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    count_one();
    return __libc_realloc(old, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    count_one();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
    count_one();
    void* const memory = __libc_memalign(alignment, size);
    if (memory == nullptr) {
        return ENOMEM;
    }
    *result = memory;
    return 0;
}

}  // extern "C"

std::uint64_t bench::allocations_so_far() noexcept {
    return allocations.load(std::memory_order_relaxed);
}

#else

std::uint64_t bench::allocations_so_far() noexcept {
    return 0;
}

#endif
