// SPDX-License-Identifier: MIT
#include <soma/runtime/weights/save.hpp>

#include <cstring>
#include <string>

#include <soma/runtime/weights/load.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"
#include "support/models.hpp"
#include "support/raw_graph.hpp"

using namespace soma;

TEST_CASE("what is saved is loaded again, bit for bit", "[runtime][save]") {
    using net = test::unusual;
    const parameters<net> values = test::random_parameters<net>(5);
    const test::temporary_folder folder;
    const std::string path = folder.file("net.safetensors");
    save(path, values);
    const weights<net> read = load<net>(path);
    for (const parameter_spec& spec : parameters<net>::table::specs) {
        const auto wrote = values.of(spec), got = read.values().of(spec);
        CHECK(std::memcmp(wrote.data(), got.data(), wrote.size_bytes()) == 0);
    }
}

TEST_CASE("a file that cannot be written is an error", "[runtime][save]") {
    CHECK_THROWS_AS(save("/no such folder/net", parameters<test::unusual>{}), std::system_error);
}
