// SPDX-License-Identifier: MIT

/// \file
/// The one place that compiles the networks, each once: precisions are values here.

#include "support/networks.hpp"

#include <array>
#include <string>

#include <soma/compile/core_graph.hpp>
#include <soma/compile/lowered.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>
#include <soma/model/zoo/vgg.hpp>

namespace examples {

namespace {

template <class Model>
network_operations operations_of(const soma::formats_of_policy& formats) {
    constexpr int size = soma::lowered<Model>::graph.size;
    static_assert(size <= most_operations, "networks: most_operations is less than a network has");
    network_operations result{
        .operations = std::vector<soma::operation>(static_cast<std::size_t>(size)),
        .input_bytes = soma::passes::edge_bytes(Model::input_extents, formats.result),
        .output_bytes = soma::passes::edge_bytes(Model::output_extents, formats.result)};
    soma::passes::build_operations(soma::lowered<Model>::data.nodes, size, formats,
                                   result.operations.data());
    return result;
}

template <class Model>
constexpr network zoo_network(std::string_view name,
                              std::string_view spelled,
                              std::string_view header) {
    return {name, spelled, header, operations_of<Model>};
}

constexpr std::string_view resnet_header = "soma/model/zoo/resnet.hpp";
constexpr std::string_view vgg_header = "soma/model/zoo/vgg.hpp";
constexpr std::string_view bert_header = "soma/model/zoo/bert.hpp";

namespace zoo = soma::zoo;
constexpr std::array all_networks{
    zoo_network<zoo::resnet<18>>("resnet18", "zoo::resnet<18>", resnet_header),
    zoo_network<zoo::resnet<34>>("resnet34", "zoo::resnet<34>", resnet_header),
    zoo_network<zoo::resnet<50>>("resnet50", "zoo::resnet<50>", resnet_header),
    zoo_network<zoo::resnet<101>>("resnet101", "zoo::resnet<101>", resnet_header),
    zoo_network<zoo::resnet<152>>("resnet152", "zoo::resnet<152>", resnet_header),
    zoo_network<zoo::vgg<11>>("vgg11", "zoo::vgg<11>", vgg_header),
    zoo_network<zoo::vgg<16>>("vgg16", "zoo::vgg<16>", vgg_header),
    zoo_network<zoo::bert_base<128>>("bert_base_s128", "zoo::bert_base<128>", bert_header),
    zoo_network<zoo::bert_large<128>>("bert_large_s128", "zoo::bert_large<128>", bert_header),
    zoo_network<zoo::distilbert_base<128>>(
        "distilbert_base_s128", "zoo::distilbert_base<128>", bert_header),
};

}  // namespace

std::span<const network> networks() {
    return all_networks;
}

std::optional<network> find_network(std::string_view name) {
    for (const network& known : all_networks) {
        if (known.name == name) {
            return known;
        }
    }
    return std::nullopt;
}

std::string expected_network() {
    std::string text = "expected one of ";
    for (const network& known : all_networks) {
        text.append(known.name == all_networks.front().name ? "" : ", ").append(known.name);
    }
    return text;
}

std::string expected_instance() {
    std::string text = "expected one of ";
    for (const soma::instance* known : soma::instances) {
        text.append(known == soma::instances[0] ? "" : ", ").append(known->name);
    }
    return text;
}

}  // namespace examples
