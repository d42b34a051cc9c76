// SPDX-License-Identifier: MIT
#include <soma/kernels/row_table.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

constexpr conv_geometry layer(int in, int channels, int kernel, int pad) {
    conv_geometry g;
    g.in_h = g.in_w = in;
    g.in_c = g.in_pitch = channels;
    g.kernel_h = g.kernel_w = kernel;
    g.pad_h = g.pad_w = pad;
    g.out_h = g.out_w = in + 2 * pad - kernel + 1;
    return g;
}

}  // namespace

TEST_CASE("taps whose pixels follow each other are one segment") {
    STATIC_REQUIRE(fold_row_taps<float>(layer(9, 3, 7, 0)).count() == 7);
    STATIC_REQUIRE(fold_row_taps<float>(layer(9, 3, 7, 0)).length == 21);
    STATIC_REQUIRE(fold_row_taps<float>(layer(7, 5, 7, 0)).count() == 1);
    STATIC_REQUIRE(fold_row_taps<float>(layer(7, 5, 7, 0)).length == 245);
    STATIC_REQUIRE(fold_row_taps<bfloat16>(layer(9, 3, 7, 0)).count() == 49);
    STATIC_REQUIRE(fold_row_taps<bfloat16>(layer(9, 4, 7, 0)).count() == 7);
    STATIC_REQUIRE(tap_segments(layer(9, 3, 7, 0)).length == 3);
}

TEST_CASE("windows of one pixel form a single row") {
    conv_geometry g = layer(6, 8, 1, 0);
    g.batch = 3;
    const conv_geometry flat = flatten_pixels(g);
    CHECK(flat.pixels() == g.pixels());
    CHECK(flat.out_w == 108);
    CHECK(flatten_pixels(layer(6, 8, 3, 1)) == layer(6, 8, 3, 1));
}

TEST_CASE("the table points at each window, at zeros outside, and leaves out empty taps") {
    const conv_geometry g = layer(4, 2, 3, 1);
    std::vector<float> in(32);
    test::line_buffer<std::byte> scratch(row_table_bytes<float>(g));
    row_table<float> table(g, in.data(), scratch.data());
    const auto rects = border_rects(g);

    table.start(rects[0], 0);
    table.advance(4);
    REQUIRE(table.segments() == 6);
    CHECK(table.length() == 2);
    CHECK(table.taps()[0] == 3);
    CHECK(table.rows()[0][0] == 0.0F);
    CHECK(table.rows()[1] == in.data());
    CHECK(table.rows()[row_pitch] == in.data());
    CHECK(table.pixels()[3] == 3);

    table.start(rects[4], 0);
    table.advance(3);
    REQUIRE(table.segments() == 3);
    CHECK(table.length() == 6);
    CHECK(table.rows()[0] == in.data());
    CHECK(table.rows()[1] == in.data() + 2);
    CHECK(table.rows()[2] == in.data() + 8);
    CHECK(table.rows()[row_pitch] == in.data() + 8);
    CHECK(table.pixels()[0] == 5);
    CHECK(table.pixels()[2] == 9);
    table.advance(1);
    CHECK(table.rows()[0] == in.data() + 10);
}

TEST_CASE("only layers with padding set room aside for zeros") {
    CHECK(padded_channels(layer(4, 2, 3, 1)) == 2);
    CHECK(padded_channels(layer(4, 2, 3, 0)) == 0);
}
