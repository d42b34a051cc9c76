// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Scaled dot-product attention of several heads.

#include <soma/layers/layer.hpp>

namespace soma::layers {

/// `softmax(Q K^T / sqrt(d)) V` for each of `Heads` runs of d = channels / Heads channels.
///
/// Reads three sequences of one shape, queries, keys and values in this order, and has no
/// parameters. Every token attends to every other: there is no mask. Two products of tokens x
/// tokens x channels; for each score a scaling and the four operations of a softmax.
template <int Heads>
struct attention {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        if (inputs.count != 3) {
            g.fail(fault::inputs, "attention", "3 inputs: queries, keys, values",
                   text<24>{}.append(inputs.count).append(" inputs").view());
            inputs.count = inputs.count < 3 ? inputs.count : 3;
        }
        const extents in = g.at(inputs[0]).out;
        for (int i = 0; i < inputs.count; ++i) {
            detail::expect_activations(g, inputs[i], "attention");
            if (g.at(inputs[i]).out != in) {
                g.fail(fault::join, "attention", to_text(in).view(),
                       to_text(g.at(inputs[i]).out).view());
            }
        }
        if (in.w != 1) {
            g.fail(fault::shape, "attention", "a sequence", to_text(in).view());
        } else if (Heads < 1) {
            g.fail(fault::argument, "attention", "at least 1 head",
                   text<24>{}.append(Heads).view());
        } else if (in.c % Heads != 0) {
            g.fail(fault::shape, "attention",
                   text<40>{"channels divisible by "}.append(Heads).append(" heads").view(),
                   text<40>{}.append(in.c).append(" channels").view());
        }
        node n;
        n.kind = op::attention;
        n.inputs = inputs;
        n.out = in;
        n.heads = Heads;
        const long long scores = 1LL * in.h * in.h;
        n.work = {.macs = 2 * scores * in.c, .vector_ops = 5 * scores * Heads};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
