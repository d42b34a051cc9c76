// SPDX-License-Identifier: MIT
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/io/safetensors.hpp>
#include <soma/runtime/weights/parameters.hpp>

#include "../examples/digits/model.hpp"
#include "io/files.hpp"
#include "support/catch.hpp"
#include "support/models.hpp"

using namespace soma;

namespace {

using table = parameter_table<digits::resnet>;

// Every learned number once; running statistics, too, although PyTorch does not count them.
constexpr std::size_t elements_of(bool statistics) {
    std::size_t total = 0;
    for (const parameter_spec& s : table::specs) {
        const bool running =
            s.role == parameter_role::running_mean || s.role == parameter_role::running_var;
        total += running == statistics ? s.elements : 0;
    }
    return total;
}
static_assert(elements_of(false) == digits::resnet::parameter_count);
static_assert(elements_of(true) == 2 * (3 * 16 + 3 * 32 + 3 * 64));

// Tensors do not overlap, and each starts on a cache line.
static_assert([] {
    std::size_t next = 0;
    for (const parameter_spec& s : table::specs) {
        if (s.offset != next || s.offset % 16 != 0) {
            return false;
        }
        next = s.offset + round_up(s.elements, std::size_t{16});
    }
    return next == table::elements;
}());

}  // namespace

TEST_CASE("parameters are called and shaped as in PyTorch's state_dict", "[runtime][parameters]") {
    const auto file = io::safetensors::open(test::digits_file("digits_resnet.safetensors"));
    std::set<std::string> names;
    for (const parameter_spec& spec : table::specs) {
        const std::string name = table::name(spec);
        INFO(name);
        const io::tensor_entry* const tensor = file.find(name);
        REQUIRE(tensor != nullptr);
        CHECK(tensor->shape == std::vector<std::int64_t>(spec.dims, spec.dims + spec.rank));
        CHECK(names.insert(name).second);
    }
    for (const io::tensor_entry& entry : file.entries()) {
        INFO(entry.name);
        const bool tracked = entry.name.find("num_batches_tracked") != std::string::npos;
        CHECK(names.contains(std::string(entry.name)) != tracked);
    }
    CHECK(names.contains("layer2.downsample.1.running_var"));
}

TEST_CASE("tensors are found by name, by spec and by role", "[runtime][parameters]") {
    parameters<digits::resnet> values;
    CHECK(values["layer2.conv1.weight"].size() == 32 * 16 * 9);
    CHECK(values["fc.bias"].size() == 10);
    values["fc.bias"][3] = 4.0F;

    const auto& spec = table::specs.back();
    REQUIRE(table::name(spec) == "fc.bias");
    CHECK(values.of(spec)[3] == 4.0F);
    CHECK(values.find(spec.layer, parameter_role::bias) == values["fc.bias"].data());
    CHECK(values.find(spec.layer, parameter_role::running_mean) == nullptr);
    CHECK(values["fc.weight"][0] == 0.0F);

    for (const char* unknown :
         {"", "fc", "fc.", "fc.weigh", "fc.weight ", "layer2.conv1", "conv3.weight"}) {
        INFO(unknown);
        CHECK_THROWS_AS(values[unknown], std::out_of_range);
    }
}

TEST_CASE("custom layers and layers in scopes have names of their own", "[runtime][parameters]") {
    parameters<test::unusual> values;
    CHECK(values["gain.gain"].size() == 10);
    CHECK(values["gain.offset"].size() == 1);
    CHECK(values["blocks.0.fc.weight"].data() != values["blocks.1.fc.weight"].data());
    CHECK(values["bn0.running_mean"].size() == 5);
    // A norm that the compiler folded is still a tensor of the file.
    CHECK(values["bn2.running_mean"].size() == 13);
}
