// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/runtime/weights/load.hpp>

#include "../examples/digits/model.hpp"
#include "io/files.hpp"
#include "support/catch.hpp"
#include "support/raw_graph.hpp"

using namespace soma;

namespace {

struct tiny : model<input<float, 2, 3, 3>,
                    layers::conv2d<"conv", 2, 1, with_bias>,
                    layers::batch_norm<"bn">> {};

struct tensor_text {
    std::string name, type, shape, data;
};

template <class... T>
std::string data_of(T... values) {
    std::string data;
    const auto add = [&](auto value) {
        char bytes[sizeof(value)];
        std::memcpy(bytes, &value, sizeof(value));
        data.append(bytes, sizeof(value));
    };
    (add(values), ...);
    return data;
}

/// A file of everything that `tiny` needs.
std::vector<tensor_text> complete() {
    return {{"conv.weight", "F32", "[2,2,1,1]", data_of(1.0F, 2.0F, 3.0F, 4.0F)},
            {"conv.bias", "F16", "[2]", data_of(std::uint16_t{0x3C00}, std::uint16_t{0xC000})},
            {"bn.weight", "BF16", "[2]", data_of(std::uint16_t{0x3F80}, std::uint16_t{0x4000})},
            {"bn.bias", "F32", "[2]", data_of(0.5F, 0.25F)},
            {"bn.running_mean", "F32", "[2]", data_of(0.0F, 1.0F)},
            {"bn.running_var", "F32", "[2]", data_of(1.0F, 4.0F)},
            {"bn.num_batches_tracked", "I64", "[]", data_of(std::int64_t{12})}};
}

weights<tiny> load_tiny(const std::vector<tensor_text>& tensors) {
    std::string header = "{", data;
    for (const tensor_text& t : tensors) {
        header += (header.size() > 1 ? ",\"" : "\"") + t.name + "\":{\"dtype\":\"" + t.type
                  + "\",\"shape\":" + t.shape + ",\"data_offsets\":[" + std::to_string(data.size())
                  + "," + std::to_string(data.size() + t.data.size()) + "]}";
        data += t.data;
    }
    const test::temporary_folder folder;
    const std::string path = folder.file("tiny.safetensors");
    test::write_file(path, test::safetensors_text(header + "}", data));
    return load<tiny>(path);
}

std::vector<std::string> faults_of(const std::vector<tensor_text>& tensors) {
    try {
        static_cast<void>(load_tiny(tensors));
    } catch (const io::load_error& error) {
        std::vector<std::string> faults = error.faults();
        std::sort(faults.begin(), faults.end());
        return faults;
    }
    return {};
}

}  // namespace

TEST_CASE("tensors of every floating format are loaded", "[runtime][load]") {
    const weights<tiny> trained = load_tiny(complete());
    const parameters<tiny>& values = trained.values();
    std::vector<float> all;
    for (const parameter_spec& spec : parameters<tiny>::table::specs) {
        const auto tensor = values.of(spec);
        all.insert(all.end(), tensor.begin(), tensor.end());
    }
    CHECK(all == std::vector<float>{1, 2, 3, 4, 1, -2, 1, 2, 0.5F, 0.25F, 0, 1, 1, 4});
}

TEST_CASE("every fault of a file is listed at once", "[runtime][load]") {
    auto tensors = complete();
    tensors[0].shape = "[2,2,1]";  // read as a shape of three: 4 elements all the same
    tensors[1] = {"conv.scale", "F32", "[2]", data_of(1.0F, 2.0F)};
    tensors[3] = {"bn.bias", "I32", "[2]", data_of(1, 2)};
    tensors[4].shape = "[3]";
    tensors[4].data = data_of(1.0F, 2.0F, 3.0F);
    CHECK(faults_of(tensors)
          == std::vector<std::string>{
              R"(tensor "bn.bias": expected F32, F16 or BF16, found I32)",
              R"(tensor "bn.running_mean": expected shape [2], found [3])",
              R"(tensor "conv.bias": missing, expected shape [2])",
              R"(tensor "conv.scale": not part of the model, shape [2])",
              R"(tensor "conv.weight": expected shape [2, 2, 1, 1], found [2, 2, 1])"});
}

TEST_CASE("training state of norms is ignored, nothing else is", "[runtime][load]") {
    auto tensors = complete();
    CHECK(faults_of(tensors).empty());
    tensors.pop_back();
    CHECK(faults_of(tensors).empty());
    tensors.push_back({"bn.num_batches", "I64", "[]", data_of(std::int64_t{12})});
    CHECK(faults_of(tensors).size() == 1);
    CHECK(faults_of({}).size() == 6);
}

TEST_CASE("an error names the file", "[runtime][load]") {
    const test::temporary_folder folder;
    try {
        static_cast<void>(load<tiny>(folder.file("missing.safetensors")));
        FAIL("no such file");
    } catch (const io::load_error& error) {
        CHECK(std::string(error.what()).find("missing.safetensors") != std::string::npos);
    }
}

TEST_CASE("the trained digits network gives PyTorch's logits", "[runtime][load]") {
    using net = digits::resnet;
    using plan = program<net, fp32, batch<8>>;
    const auto trained = load<net>(test::digits_file("digits_resnet.safetensors"));
    const auto images =
        io::to_floats(io::read_npy(test::digits_file("digits_test_images.npy")).entry);
    const auto logits =
        io::to_floats(io::read_npy(test::digits_file("digits_resnet_logits.npy")).entry);
    REQUIRE(images.size() == 450 * 64);
    REQUIRE(logits.size() == 450 * 10);
    executor<plan> run{trained};
    std::vector<float> out(4500);
    REQUIRE(run.run(images, out) == run_status::done);

    parameters<net> values;
    for (const parameter_spec& spec : parameters<net>::table::specs) {
        const auto from = trained.values().of(spec);
        std::copy(from.begin(), from.end(), values.of(spec).begin());
    }
    test::raw_evaluation<net, fp32> define(values);
    for (std::size_t image = 0; image < 450; image += 37) {
        const test::field want = define(std::span(images).subspan(64 * image, 64));
        for (std::size_t k = 0; k < 10; ++k) {
            const std::size_t at = 10 * image + k;
            CHECK(std::abs(static_cast<double>(out[at]) - want.value[k]) <= want.error[k]);
            // PyTorch computed in FP32, too: its error has the same bound.
            CHECK(std::abs(static_cast<double>(logits[at]) - want.value[k]) <= want.error[k]);
        }
    }
    // What both say about every image.
    for (std::size_t image = 0; image < 450; ++image) {
        const auto ours = std::span(out).subspan(10 * image, 10);
        const auto theirs = std::span(logits).subspan(10 * image, 10);
        CHECK(std::max_element(ours.begin(), ours.end()) - ours.begin()
              == std::max_element(theirs.begin(), theirs.end()) - theirs.begin());
    }
}
