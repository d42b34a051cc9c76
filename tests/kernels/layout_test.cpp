// SPDX-License-Identifier: MIT
#include <soma/kernels/layout.hpp>

#include <cstddef>
#include <vector>

#include <soma/kernels/reference/layout.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

namespace {

struct shape {
    int batch, c, h, w, pad_lanes, halo_h, halo_w;
};

constexpr shape shapes[] = {
    {1, 1, 1, 1, 0, 0, 0},  {2, 1, 8, 8, 0, 0, 0},   {1, 1, 5, 7, 1, 1, 2},
    {2, 3, 9, 11, 0, 3, 3}, {1, 3, 17, 70, 1, 0, 0}, {1, 3, 4, 130, 1, 0, 1},
    {2, 16, 3, 5, 0, 1, 0}, {1, 33, 9, 9, 1, 1, 1},  {1, 70, 1, 3, 2, 0, 0},
    {3, 10, 1, 1, 0, 0, 0},
};

std::size_t product(int a, int b, int c, int d) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c)
           * static_cast<std::size_t>(d);
}

template <class Isa, class T>
void layouts_agree(const shape& s) {
    const int pitch = s.c + s.pad_lanes;
    const auto image = test::uniform<float>(product(s.batch, s.c, s.h, s.w), 41);
    const std::size_t n = product(s.batch, s.h + 2 * s.halo_h, s.w + 2 * s.halo_w, pitch);
    std::vector<T> want(n);
    std::vector<T> got(n, convert_to<T>(99.0F));
    kernels::reference::import_nchw(image.data(), s.batch, s.c, s.h, s.w, want.data(), pitch,
                                    s.halo_h, s.halo_w);
    kernels::import_nchw<Isa>(image.data(), s.batch, s.c, s.h, s.w, got.data(), pitch, s.halo_h,
                              s.halo_w);
    CHECK(test::differing(got, want) == 0);

    const auto pixels = test::uniform<T>(product(s.batch, s.h, s.w, pitch), 42);
    std::vector<float> planes(image.size());
    std::vector<float> wanted_planes(image.size());
    kernels::reference::export_nchw(pixels.data(), s.batch, s.c, s.h, s.w, pitch,
                                    wanted_planes.data());
    kernels::export_nchw<Isa>(pixels.data(), s.batch, s.c, s.h, s.w, pitch, planes.data());
    CHECK(test::differing(planes, wanted_planes) == 0);

    const int features = s.c * s.h * s.w;
    const int flat_pitch = features + s.pad_lanes;
    std::vector<T> flat(product(s.batch, flat_pitch, 1, 1), convert_to<T>(99.0F));
    kernels::flatten_chw(pixels.data(), s.batch, s.c, s.h, s.w, pitch, flat.data(), flat_pitch);
    std::size_t wrong = 0;
    for (int b = 0; b < s.batch; ++b) {
        for (int i = 0; i < flat_pitch; ++i) {
            const T value = flat[static_cast<std::size_t>(b * flat_pitch + i)];
            const float expected =
                i < features ? wanted_planes[static_cast<std::size_t>(b * features + i)] : 0.0F;
            wrong += test::same(convert_to<float>(value), expected) ? 0U : 1U;
        }
    }
    CHECK(wrong == 0);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("images change layout as their definitions say",
                        "[kernels][layout]",
                        test::enabled_isas) {
    for (const shape& s : shapes) {
        layouts_agree<TestType, float>(s);
        layouts_agree<TestType, bfloat16>(s);
        layouts_agree<TestType, float16>(s);
    }
}

TEMPLATE_LIST_TEST_CASE("copied channels touch their slice and the pad lanes behind it only",
                        "[kernels][layout]",
                        test::enabled_isas) {
    for (const int c : {1, 5, 16, 37}) {
        constexpr std::size_t rows = 4;
        constexpr int offset = 3;
        const int pitch_in = c + 1;
        const int pitch_out = c + 8;
        const auto width = static_cast<std::size_t>(pitch_out);
        const auto in = test::uniform<float>(rows * static_cast<std::size_t>(pitch_in), 43);
        std::vector<bfloat16> out(rows * width, bfloat16(99.0F));
        kernels::copy_channels<TestType>(in.data(), rows, c, pitch_in, out.data() + offset,
                                         pitch_out, 2);
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t i = 0; i < width; ++i) {
                const int channel = static_cast<int>(i) - offset;
                const bool copied = channel >= 0 && channel < c;
                const bool cleared = channel == c || channel == c + 1;
                const auto source =
                    r * static_cast<std::size_t>(pitch_in) + i - static_cast<std::size_t>(offset);
                const float expected = copied ? in[source] : cleared ? 0.0F : 99.0F;
                CHECK(test::same(out[r * width + i], bfloat16(expected)));
            }
        }
    }
}
