// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/hardware/instances.hpp>
#include <soma/runtime/device/device_layout.hpp>

#include "support/catch.hpp"
#include "support/environment.hpp"
#include "support/message_of.hpp"

using namespace soma;
using namespace soma::test;

TEST_CASE("groups lie on consecutive cores", "[runtime][device]") {
    const device_layout layout(inf1_6xlarge, spelled_groups({4, 4, 8}));
    CHECK(layout.groups() == 3);
    CHECK(layout.group(2) == core_group{8, 8});
    CHECK(layout.cores(2).count == 8);
    CHECK(layout.cores(2).cores.empty());
    CHECK(device_layout(inf1_6xlarge, "").group(0) == core_group{0, 16});
    CHECK(device_layout(inf1_6xlarge, "4x1").groups() == 4);
    for (const char* wrong : {"17", "0", "4,-1", "many", "9,8"}) {
        INFO(wrong);
        CHECK(message_of<std::invalid_argument>([&] {
                  device_layout(inf1_6xlarge, wrong);
              }).starts_with("soma: device: groups \""));
    }
}

TEST_CASE("a host's groups are its cores", "[runtime][device]") {
    const device_layout host = device_layout::of_host("");
    CHECK(host.where().name == "host");
    CHECK(host.group(0) == core_group{0, available_cores()});
    const device_layout ones =
        device_layout::of_host(std::to_string(available_cores()).append("x1"));
    CHECK(ones.groups() == available_cores());
    for (int g = 0; g < ones.groups(); ++g) {
        CHECK(ones.cores(g).count == 1);
        const bool divided = static_cast<int>(host.cores(0).cores.size()) == available_cores();
        CHECK((!divided || ones.cores(g).cores.size() == 1));
    }
    const test::with_variable set("SOMA_VISIBLE_CORES", std::to_string(test::some_core()));
    const device_layout one = device_layout::of_host("");
    CHECK(one.group(0) == core_group{0, 1});
    CHECK(one.cores(0).cores == std::vector{test::some_core()});
    CHECK(
        message_of<std::invalid_argument>([] { static_cast<void>(device_layout::of_host("1,1")); })
        == "soma: device: groups \"1,1\" need 2 cores; host has 1");
}

TEST_CASE("models go where there is room for them", "[runtime][device]") {
    const device_layout layout(inf1_xlarge, "1,2");
    const auto place = [&](std::vector<loaded_model> models) { return layout.place(models); };
    CHECK(place({{.name = "a"}}) == 0);
    CHECK(place({{.name = "a", .group = 0}, {.name = "b"}}) == 1);
    CHECK(place({{.name = "a", .cores = 2}}) == 1);
    CHECK(place({{.name = "a", .group = 1}}) == 1);
    CHECK(message_of<std::invalid_argument>([&] { place({{.name = "a", .cores = 3}}); })
          == "soma: device: cannot load 'a': a needs 3 cores; the largest group has 2");
    CHECK(message_of<std::invalid_argument>([&] { place({{.name = "a", .cores = 2, .group = 0}}); })
          == "soma: device: cannot load 'a': a needs 2 cores; group 0 has 1");
    CHECK(message_of<std::invalid_argument>([&] { place({{.name = "a", .group = 2}}); })
          == "soma: device: cannot load 'a': a: no group 2; there are 0 to 1");
    const auto chip = static_cast<std::size_t>(inf1_xlarge.chip.memory_bytes);
    CHECK(place({{.name = "a", .device_bytes = chip}}) == 0);
    CHECK(message_of<std::runtime_error>([&] {
              place({{.name = "a", .device_bytes = chip - 5, .group = 0},
                     {.name = "b", .device_bytes = 6}});
          })
          == "soma: device: cannot load 'b': chip 0 of inf1.xlarge has " + std::to_string(chip)
                 + " bytes of device memory; its models need " + std::to_string(chip + 1)
                 + ", 6 of them this one");
}
