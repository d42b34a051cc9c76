// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <soma/io/save_safetensors.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"

using namespace soma;
using io::dtype;
using io::metadata_entry;
using io::safetensors;
using io::save_safetensors;
using io::tensor_entry;

namespace {

constexpr std::array<std::byte, 8> eight{};

tensor_entry entry(std::string name, dtype type, std::size_t bytes) {
    return {std::move(name),
            type,
            {static_cast<std::int64_t>(bytes / io::size_of(type))},
            std::span(eight).first(bytes)};
}

}  // namespace

TEST_CASE("a saved file is read back equal", "[io][save_safetensors]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("out.safetensors");
    const safetensors digits = safetensors::open(test::digits_file("digits_resnet.safetensors"));
    const std::vector<metadata_entry> metadata{{"format", "pt"}};

    save_safetensors(path, digits.entries(), metadata);

    const safetensors back = safetensors::open(path);
    REQUIRE(back.entries().size() == digits.entries().size());
    REQUIRE(back.metadata().size() == 1);
    CHECK(back.metadata()[0].value == "pt");
    for (const tensor_entry& expected : digits.entries()) {
        const tensor_entry* const found = back.find(expected.name);
        REQUIRE(found != nullptr);
        CHECK(found->type == expected.type);
        CHECK(found->shape == expected.shape);
        CHECK(std::equal(found->bytes.begin(), found->bytes.end(), expected.bytes.begin()));
    }
}

TEST_CASE("the bytes of a file do not depend on the order of what is saved",
          "[io][save_safetensors]") {
    const test::temporary_folder folder;
    const std::vector<tensor_entry> one{entry("b", dtype::u8, 1), entry("a", dtype::f32, 8),
                                        entry("c", dtype::f64, 8)};
    const std::vector<tensor_entry> other{one[2], one[0], one[1]};
    save_safetensors(folder.file("one"), one, std::vector<metadata_entry>{{"x", "1"}, {"y", "2"}});
    save_safetensors(folder.file("other"), other,
                     std::vector<metadata_entry>{{"y", "2"}, {"x", "1"}});

    const std::string text = test::read_file(folder.file("one"));
    CHECK(text == test::read_file(folder.file("other")));
    // The bytes that the safetensors library for Python writes for the same tensors.
    const std::string header =
        R"({"__metadata__":{"x":"1","y":"2"},"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
        R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
        R"("b":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}})";
    CHECK(text.substr(8).starts_with(header));
}

TEST_CASE("the data begin at a multiple of eight bytes", "[io][save_safetensors]") {
    const test::temporary_folder folder;
    for (const std::size_t length : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
        const std::vector<tensor_entry> one{entry(std::string(length, 'n'), dtype::f32, 8)};
        save_safetensors(folder.file("out"), one);
        const std::string text = test::read_file(folder.file("out"));
        CHECK((text.size() - 8) % 8 == 0);
        CHECK(static_cast<unsigned char>(text[0]) % 8 == 0);
        CHECK_NOTHROW(safetensors::open(folder.file("out")));
    }
}

TEST_CASE("any UTF-8 name survives", "[io][save_safetensors]") {
    using namespace std::string_literals;
    const test::temporary_folder folder;
    const std::string name = "\"\\\b\f\n\r\t\x01\x1F\x7F/ \xC3\xA9 \xF0\x9F\x98\x80"s + '\0';
    save_safetensors(folder.file("out"), std::vector<tensor_entry>{entry(name, dtype::u8, 1)});
    CHECK(safetensors::open(folder.file("out")).find(name) != nullptr);
}

TEST_CASE("nothing at all can be saved", "[io][save_safetensors]") {
    const test::temporary_folder folder;
    save_safetensors(folder.file("out"), {});
    CHECK(test::read_file(folder.file("out")) == test::safetensors_text("{}      "));
    CHECK(safetensors::open(folder.file("out")).entries().empty());
}

TEST_CASE("what could not be read back is not written", "[io][save_safetensors]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("out");
    const auto save = [&](const std::vector<tensor_entry>& entries,
                          const std::vector<metadata_entry>& metadata = {}) {
        save_safetensors(path, entries, metadata);
    };
    const tensor_entry good = entry("a", dtype::u8, 1);
    tensor_entry short_of_bytes = good;
    short_of_bytes.shape = {2};
    tensor_entry negative = good;
    negative.shape = {-1};

    CHECK_THROWS_AS(save({good, good}), std::invalid_argument);
    CHECK_THROWS_AS(save({short_of_bytes}), std::invalid_argument);
    CHECK_THROWS_AS(save({negative}), std::invalid_argument);
    CHECK_THROWS_AS(save({entry("__metadata__", dtype::u8, 1)}), std::invalid_argument);
    CHECK_THROWS_AS(save({entry("\xFF", dtype::u8, 1)}), std::invalid_argument);
    CHECK_THROWS_AS(save({good}, {{"k", "1"}, {"k", "2"}}), std::invalid_argument);
    CHECK_THROWS_AS(save({good}, {{"k", "\xC0\x80"}}), std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(path));
}
