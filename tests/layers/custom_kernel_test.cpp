// SPDX-License-Identifier: MIT
#include <soma/layers/custom_kernel.hpp>

using namespace soma;

namespace {

void nothing(const custom_call&) noexcept {}

constexpr custom_kernel only_half{.run = {nullptr, &nothing, nullptr},
                                  .supported = {false, true, false}};

}  // namespace

static_assert(!only_half.supports(format::f32) && only_half.supports(format::f16)
              && !only_half.supports(format::bf16));
static_assert(!custom_kernel{}.supports(format::f32));

// Pixels are where NHWC puts them: images, then rows, then columns, `pitch` apart.
static_assert([] {
    float data[2 * 3 * 4 * 6] = {};
    const pixels<float> p{data, 2, 3, 4, 5, 6};
    int next = 0;
    for (int n = 0; n < 2; ++n) {
        for (int y = 0; y < 3; ++y) {
            for (int x = 0; x < 4; ++x) {
                if (p.at(n, y, x) != data + 6 * next++) {
                    return false;
                }
            }
        }
    }
    return p.count() == next;
}());
