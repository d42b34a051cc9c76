// SPDX-License-Identifier: MIT
#include "../examples/support/networks.hpp"

#include <cstddef>
#include <string>

#include "support/catch.hpp"

namespace {

struct totals {
    long long flops = 0, products = 0;
    std::size_t weight_bytes = 0, table_bytes = 0;
};

totals totals_of(const std::string& name, const std::string& precision) {
    const auto network = examples::find_network(name);
    REQUIRE(network);
    totals sum;
    for (const soma::operation& o :
         network->operations(*examples::find_precision(precision)).operations) {
        sum.flops += o.flops;
        sum.weight_bytes += o.weight_bytes;
        sum.table_bytes += o.table_bytes;
        for (const soma::matrix_product& p : o.products) {
            sum.products += p.macs();
        }
    }
    return sum;
}

}  // namespace

TEST_CASE("the names of published measurements are known", "[examples][networks]") {
    for (const std::string name :
         {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg11", "vgg16",
          "bert_base_s128", "bert_large_s128", "distilbert_base_s128"}) {
        CAPTURE(name);
        REQUIRE(examples::find_network(name));
        CHECK(examples::find_network(name)->name == name);
        CHECK(examples::expected_network().find(name) != std::string::npos);
    }
    CHECK(examples::networks().size() == 10);
    CHECK(!examples::find_network("resnet51"));
    CHECK(!examples::find_network(""));
    CHECK(!examples::find_network("resnet"));
    CHECK(examples::expected_instance().find("inf1.xlarge, inf1.2xlarge, ") != std::string::npos);
}

TEST_CASE("networks do the arithmetic that is published for them", "[examples][networks]") {
    // torchvision's table: billions of multiply-accumulates, millions of parameters.
    struct published {
        std::string name;
        double macs, parameters;
    };
    for (const auto& [name, macs, parameters] :
         {published{"resnet18", 1.81e9, 11.69e6}, published{"resnet34", 3.66e9, 21.80e6},
          published{"resnet50", 4.09e9, 25.56e6}, published{"resnet101", 7.80e9, 44.55e6},
          published{"resnet152", 11.51e9, 60.19e6}, published{"vgg11", 7.61e9, 132.86e6},
          published{"vgg16", 15.47e9, 138.36e6}}) {
        CAPTURE(name);
        const totals sum = totals_of(name, "fp16");
        CHECK(static_cast<double>(sum.products) > macs * 0.99);
        CHECK(static_cast<double>(sum.products) < macs * 1.01);
        CHECK(static_cast<double>(sum.weight_bytes) > 2 * parameters * 0.99);
        CHECK(static_cast<double>(sum.weight_bytes) < 2 * parameters * 1.01);
    }
    // Of each token and layer: 12 h^2 for the linear layers, 2 n h for the attention.
    const totals bert = totals_of("bert_base_s128", "bf16");
    CHECK(static_cast<double>(bert.products) > 128.0 * 12 * (12 * 768 * 768 + 2 * 128 * 768));
    CHECK(static_cast<double>(bert.products)
          < 1.01 * 128.0 * 12 * (12 * 768 * 768 + 2 * 128 * 768));
    CHECK(static_cast<double>(bert.weight_bytes + bert.table_bytes) > 2 * 109.48e6 * 0.99);
    CHECK(static_cast<double>(bert.weight_bytes + bert.table_bytes) < 2 * 109.48e6 * 1.01);
}

TEST_CASE("a precision decides bytes and not arithmetic", "[examples][networks]") {
    const totals wide = totals_of("resnet50", "fp32");
    const totals narrow = totals_of("resnet50", "auto_cast<bf16>");
    CHECK(wide.products == narrow.products);
    CHECK(wide.weight_bytes == 2 * narrow.weight_bytes);

    const auto network = examples::find_network("resnet50");
    const auto bytes = [&](const char* precision) {
        return network->operations(*examples::find_precision(precision)).list().input_bytes;
    };
    CHECK(bytes("fp32") == std::size_t{3} * 224 * 224 * 4);
    CHECK(bytes("auto_cast<bf16>") == bytes("fp32"));
    CHECK(bytes("bf16") * 2 == bytes("fp32"));
}
