// SPDX-License-Identifier: MIT
#include <soma/runtime/weights/tensor_source.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <soma/io/save_safetensors.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/model.hpp>

#include "io/files.hpp"
#include "io/resident.hpp"
#include "support/catch.hpp"

using namespace soma;

namespace {

/// 32 MiB of weights in FP32, 4 KiB a row.
struct wide : model<input<float, 1024>, layers::linear<"fc", 8192>> {};
using table = parameter_table<wide>;

template <class T>
std::vector<T> numbered(std::size_t count) {
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = T(static_cast<float>(i % 251) / 8);
    }
    return values;
}

/// A source over a file whose weights are stored as `T`, behind a tensor of odd length.
template <class T>
struct stored {
    explicit stored(io::dtype type) {
        const auto weights = numbered<T>(table::specs[0].elements);
        const auto bias = numbered<float>(table::specs[1].elements);
        const std::byte odd[1] = {};
        const std::vector<io::tensor_entry> entries{
            {"fc.weight", type, {8192, 1024}, std::as_bytes(std::span(weights))},
            {"fc.bias", io::dtype::f32, {8192}, std::as_bytes(std::span(bias))},
            {"odd", io::dtype::u8, {1}, odd}};
        io::save_safetensors(folder.file("wide"), entries);
    }

    test::temporary_folder folder;
};

template <class T>
void check_file(io::dtype type) {
    const stored<T> written(type);
    const auto file = io::safetensors::open(written.folder.file("wide"));
    const std::byte* const bytes = file.find("fc.weight")->bytes.data();
    const tensor_source source(
        table::specs, {{bytes, format_of<T>}, {file.find("fc.bias")->bytes.data(), format::f32}},
        &file);
    const auto weights = numbered<float>(table::specs[0].elements);
    std::vector<float> row(1024);
    std::size_t most = 0;
    for (std::size_t o = 0; o < 8192; ++o) {
        source.read(0, o * 1024, row);
        if (!std::equal(row.begin(), row.end(), weights.begin() + static_cast<long>(o * 1024))) {
            FAIL("row " << o);
        }
        if (o % 64 == 0) {
            most = std::max(most, test::resident_bytes(bytes));
        }
    }
    // A step that was not complete and what the system mapped around it, at most two huge pages.
    CHECK(most <= std::size_t{5} << 20);
    CHECK(source.all(1) == numbered<float>(8192));
    CHECK(test::resident_bytes(bytes) <= std::size_t{2} << 20);
}

}  // namespace

TEST_CASE("a file's tensors are read by rows and do not stay in memory",
          "[runtime][tensor_source]") {
    check_file<float>(io::dtype::f32);
    check_file<float16>(io::dtype::f16);
    check_file<bfloat16>(io::dtype::bf16);
}

TEST_CASE("elements are widened exactly at any address and length", "[runtime][tensor_source]") {
    const auto halves = numbered<float16>(300);
    std::vector<std::byte> bytes(601);
    std::memcpy(bytes.data() + 1, halves.data(), 600);
    for (const std::size_t count : {0U, 1U, 3U, 16U, 17U, 255U, 257U, 300U}) {
        std::vector<float> wide_values(count + 1, -1.0F);
        detail::widen_stored<float16>(bytes.data() + 1, std::span(wide_values).first(count));
        for (std::size_t i = 0; i < count; ++i) {
            CHECK(wide_values[i] == static_cast<float>(halves[i]));
        }
        CHECK(wide_values[count] == -1.0F);
    }
}

TEST_CASE("tensors in memory are found by layer and role", "[runtime][tensor_source]") {
    parameters<wide> values;
    values["fc.bias"][7] = 3.0F;
    const tensor_source source = source_of(values);
    const packed_name fc = table::specs[0].layer;
    CHECK(source.find(fc, parameter_role::weight) == 0);
    CHECK(source.find(fc, parameter_role::bias) == 1);
    CHECK(source.find(fc, parameter_role::running_mean) == tensor_source::none);
    CHECK(source.elements(0) == 8192 * 1024);
    CHECK(source.all(1)[7] == 3.0F);
    std::vector<float> two(2);
    source.read(1, 6, two);
    CHECK(two == std::vector<float>{0.0F, 3.0F});
}
