// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>
#include <soma/io/save_npy.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;
using io::dtype;

TEST_CASE("a saved array equals the file that NumPy wrote, byte for byte", "[io][save_npy]") {
    const test::temporary_folder folder;
    for (const std::string name : {"digits_resnet_logits.npy", "digits_test_labels.npy"}) {
        io::save_npy(folder.file(name), io::read_npy(test::digits_file(name)).entry);
        CHECK(test::read_file(folder.file(name)) == test::read_file(test::digits_file(name)));
    }
}

TEST_CASE("floats are saved in the given shape", "[io][save_npy]") {
    const test::temporary_folder folder;
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    const std::vector<std::vector<std::int64_t>> shapes{{2, 3}, {6}, {1, 6, 1}};
    for (const auto& shape : shapes) {
        io::save_npy(folder.file("a.npy"), shape, values);
        const io::npy_array back = io::read_npy(folder.file("a.npy"));
        CHECK(back.entry.shape == shape);
        CHECK(io::to_floats(back.entry) == values);
    }
    io::save_npy(folder.file("scalar.npy"), {}, std::span(values).first(1));
    CHECK(io::read_npy(folder.file("scalar.npy")).entry.shape.empty());
}

TEST_CASE("the data begin at a multiple of 64 bytes", "[io][save_npy]") {
    const test::temporary_folder folder;
    for (std::int64_t rank = 0; rank < 40; ++rank) {
        const std::vector<std::int64_t> ones(static_cast<std::size_t>(rank), 1);
        io::save_npy(folder.file("a.npy"), ones, std::vector<float>{1.0F});
        const std::string text = test::read_file(folder.file("a.npy"));
        CHECK(text.size() % 64 == sizeof(float));
        CHECK(text[text.size() - sizeof(float) - 1] == '\n');
        CHECK(io::read_npy(folder.file("a.npy")).entry.shape == ones);
    }
}

TEST_CASE("what NumPy could not read is not written", "[io][save_npy]") {
    const test::temporary_folder folder;
    const std::vector<std::byte> bytes(4);
    CHECK_THROWS_AS(io::save_npy(folder.file("a.npy"), {"w", dtype::bf16, {2}, bytes}),
                    std::invalid_argument);
    CHECK_THROWS_AS(io::save_npy(folder.file("a.npy"), {"w", dtype::f32, {2}, bytes}),
                    std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(folder.file("a.npy")));
}
