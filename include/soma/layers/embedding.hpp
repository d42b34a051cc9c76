// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Learned tables of which every token gets a row (PyTorch's Embedding).
///
/// A transformer sums several of them; each reads the token numbers, if only for how many they are:
///
///     layers::sum<layers::embedding<"word_embeddings", 30'522, 768>,
///                 layers::position_embedding<"position_embeddings", 512, 768>>

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>

namespace soma::layers {

namespace detail {

template <table_row Row, fixed_string Name, int Rows, int Features>
struct table_lookup {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        const int input = only_source(g, inputs, Name.view());
        const extents in = g.at(input).out;
        if (Rows < 1 || Features < 1) {
            g.fail(fault::argument, Name.view(), "at least 1 row and 1 feature",
                   text<40>{}.append(Rows).append(" and ").append(Features).view());
        } else if (Row == table_row::numbered && !g.at(input).numbers) {
            g.fail(fault::shape, Name.view(), "token numbers", to_text(in).view());
        } else if (in.w != 1) {
            g.fail(fault::shape, Name.view(), "a sequence", to_text(in).view());
        } else if (Row == table_row::position && in.h > Rows) {
            g.fail(fault::shape, Name.view(),
                   text<40>{"at most "}.append(Rows).append(" tokens").view(),
                   text<40>{}.append(in.h).append(" tokens").view());
        }
        node n;
        n.kind = op::embedding;
        n.inputs.push_back(input);
        n.out = {Features, in.h, 1};
        n.name.leaf = Name.view();
        n.table_rows = Rows;
        n.row = Row;
        n.work = {.parameters = 1LL * Rows * Features};
        return one(g, n);
    }
};

}  // namespace detail

/// The row of each token's number. A number from outside the table is the caller's mistake.
///
/// Parameters: `weight` [Rows, Features]. A lookup computes nothing: its workload is the table.
template <fixed_string Name, int Rows, int Features>
struct embedding : detail::table_lookup<table_row::numbered, Name, Rows, Features> {};

/// The row of each token's place in the sequence; reads activations, too, for their length.
template <fixed_string Name, int Rows, int Features>
struct position_embedding : detail::table_lookup<table_row::position, Name, Rows, Features> {};

/// The first row for every token: BERT's token types, in a sequence of a single segment.
template <fixed_string Name, int Rows, int Features>
struct segment_embedding : detail::table_lookup<table_row::first, Name, Rows, Features> {};

}  // namespace soma::layers
