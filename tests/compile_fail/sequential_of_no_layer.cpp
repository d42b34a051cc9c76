// SPDX-License-Identifier: MIT
// expect-error: layers: each has max_nodes, max_scopes and lower, and no data
#include <soma/layers/activation.hpp>
#include <soma/model/model.hpp>

using namespace soma;

struct no_layer {};

struct net : model<input<float, 3>, layers::relu, no_layer> {};
