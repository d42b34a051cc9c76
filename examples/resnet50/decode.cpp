// SPDX-License-Identifier: MIT

/// \file
/// The one place that knows the decoder.

#include "decode.hpp"

#include <fstream>
#include <iterator>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#include <stb/stb_image.h>

namespace resnet50 {

namespace {

/// More than this takes half a gigabyte to decode.
constexpr long long most_pixels = 100'000'000;
constexpr std::streamsize most_bytes = 200'000'000;

std::vector<char> read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamsize size = file ? static_cast<std::streamsize>(file.tellg()) : -1;
    std::vector<char> bytes;
    if (size >= 0 && size <= most_bytes) {
        bytes.resize(static_cast<std::size_t>(size));
        file.seekg(0);
        file.read(bytes.data(), size);
    }
    if (size > most_bytes) {
        throw bad_input(std::string(path).append(": expected an image of at most 200 MB"));
    }
    if (!file) {
        throw bad_input(std::string(path).append(": cannot be read"));
    }
    return bytes;
}

}  // namespace

image decode(const std::string& path) {
    const std::vector<char> bytes = read_bytes(path);
    const auto* const data = reinterpret_cast<const stbi_uc*>(bytes.data());
    const int size = static_cast<int>(bytes.size());
    image result;
    int channels = 0;
    if (stbi_info_from_memory(data, size, &result.width, &result.height, &channels) == 0) {
        throw bad_input(std::string(path).append(": expected a PNG, JPEG or binary PPM image"));
    }
    if (static_cast<long long>(result.width) * result.height > most_pixels) {
        throw bad_input(std::string(path)
                            .append(": expected at most 100 million pixels, found ")
                            .append(std::to_string(result.width))
                            .append(" x ")
                            .append(std::to_string(result.height)));
    }
    // The decoder takes what happens to be in memory for the end of a short file of this kind.
    const long long samples = static_cast<long long>(result.width) * result.height * channels;
    const bool plain = bytes[0] == 'P';
    if (plain && samples * (stbi_is_16_bit_from_memory(data, size) != 0 ? 2 : 1) > size) {
        throw bad_input(std::string(path).append(": the image ends too early"));
    }
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(data, size, &result.width, &result.height, &channels, 3),
        stbi_image_free);
    if (pixels == nullptr) {
        throw bad_input(std::string(path)
                            .append(": the image cannot be decoded: ")
                            .append(stbi_failure_reason()));
    }
    const auto count =
        static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height) * 3;
    result.rgb.assign(pixels.get(), pixels.get() + count);
    return result;
}

}  // namespace resnet50
