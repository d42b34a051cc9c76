// SPDX-License-Identifier: MIT

/// \file
/// Reads the files of a run and refuses what the network cannot take.

#include "digits/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>

namespace digits {

namespace {

[[noreturn]] void refuse(const std::string& path,
                         const std::string& expected,
                         const std::string& found) {
    throw bad_input(
        std::string(path).append(": expected ").append(expected).append(", found ").append(found));
}

/// A float32 array whose rows have the extents `row`; every number finite.
std::vector<float> read_rows(const std::string& path,
                             const std::string& expected,
                             const std::vector<std::int64_t>& row) {
    const io::npy_array array = io::read_npy(path);
    const io::tensor_entry& entry = array.entry;
    const std::span<const std::int64_t> shape = entry.shape;
    if (entry.type != io::dtype::f32) {
        refuse(path, expected, std::string("dtype ").append(io::name(entry.type)));
    }
    if (shape.size() != row.size() + 1 || !std::equal(row.begin(), row.end(), shape.begin() + 1)) {
        refuse(path, expected, std::string("shape ").append(io::to_string(shape)));
    }
    std::vector<float> values = io::to_floats(entry);
    const auto odd =
        std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
    if (odd != values.end()) {
        refuse(path, "finite numbers",
               std::to_string(*odd)
                   .append(" at position ")
                   .append(std::to_string(odd - values.begin())));
    }
    return values;
}

std::vector<std::int64_t> read_labels(const std::string& path, std::size_t count) {
    const io::npy_array array = io::read_npy(path);
    const std::string images = std::to_string(count).append(count == 1 ? " image" : " images");
    if (io::is_floating(array.entry.type)) {
        refuse(path, "labels of an integer dtype",
               std::string("dtype ").append(io::name(array.entry.type)));
    }
    if (array.entry.shape.size() != 1 || io::element_count(array.entry) != count) {
        refuse(path, std::string("one label for each of ").append(images),
               std::string("shape ").append(io::to_string(array.entry.shape)));
    }
    std::vector<std::int64_t> labels = io::to_integers(array.entry);
    for (std::size_t i = 0; i < count; ++i) {
        if (labels[i] < 0 || labels[i] > 9) {
            refuse(path, "labels from 0 to 9",
                   std::to_string(labels[i]).append(" for image ").append(std::to_string(i)));
        }
    }
    return labels;
}

inputs read_all(const options& chosen) {
    std::vector<float> images =
        read_rows(chosen.images, "float32 images of shape [N, 1, 8, 8]", {1, 8, 8});
    const std::size_t count = images.size() / resnet::input_shape::size;
    if (count == 0) {
        throw bad_input(std::string(chosen.images).append(": there is no image in this file"));
    }
    std::vector<std::int64_t> labels = read_labels(chosen.labels, count);
    std::vector<float> logits;
    if (!chosen.logits.empty()) {
        logits = read_rows(chosen.logits, "float32 logits of shape [N, 10]", {10});
        if (logits.size() != count * resnet::output_shape::size) {
            refuse(chosen.logits,
                   std::string("logits of ").append(std::to_string(count)).append(" images"),
                   std::to_string(logits.size() / resnet::output_shape::size));
        }
    }
    return {std::move(images), std::move(labels), std::move(logits), load<resnet>(chosen.weights)};
}

}  // namespace

inputs read_inputs(const options& chosen) {
    try {
        return read_all(chosen);
    } catch (const io::load_error& error) {
        // A file that is altogether wrong has a fault for every tensor; the first ones say enough.
        std::string text = error.what();
        if (error.faults().size() > 1) {
            text.resize(text.find('\n'));
            text.append(", the first: ").append(error.faults().front());
        }
        throw bad_input(text);
    }
}

}  // namespace digits
