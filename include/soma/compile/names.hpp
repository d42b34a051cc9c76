// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Names of a model as numbers: what is emitted holds no pointer, so it needs no relocation.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/layers/graph.hpp>

namespace soma {

/// A name inside a name pool: the scope it stands in and its own text.
struct packed_name {
    std::int16_t scope = -1;
    std::uint16_t offset = 0;
    std::uint8_t length = 0;
};

/// How large a model's name pool is.
struct name_sizes {
    int characters = 0, scopes = 0;
};

/// Every scope of a model and every leaf text once.
template <name_sizes Sizes>
struct name_pool {
    struct level {
        std::int16_t parent = -1;
        std::int16_t index = -1;  ///< of a repeated block; -1 where the level has a text
        std::uint16_t offset = 0;
        std::uint8_t length = 0;
    };
    char characters[static_cast<std::size_t>(Sizes.characters + 1)] = {};
    level levels[static_cast<std::size_t>(Sizes.scopes + 1)] = {};

    [[nodiscard]] constexpr std::string_view leaf(const packed_name& n) const noexcept {
        return {characters + n.offset, n.length};
    }

    /// Calls `write(std::string_view)` with the pieces of `layer1.0.conv1`, dots included.
    template <class Write>
    constexpr void spell(const packed_name& n, Write&& write) const {
        const bool scoped = n.scope >= 0;
        if (scoped) {
            spell_level(n.scope, write);
        }
        if (n.length > 0) {
            if (scoped) {
                write(std::string_view("."));
            }
            write(leaf(n));
        }
    }

private:
    template <class Write>
    constexpr void spell_level(int at, Write&& write) const {
        const level& l = levels[at];
        if (l.parent >= 0) {
            spell_level(l.parent, write);
            write(std::string_view("."));
        }
        if (l.index < 0) {
            write(std::string_view(characters + l.offset, l.length));
        } else {
            write(text<12>{}.append(l.index).view());
        }
    }
};

namespace detail {

/// Where `wanted` starts in the first `size` characters of `in`, -1 where it does not occur.
///
/// Not std::string_view::find, which compares pointers with null: under -fsanitize=undefined g++
/// does not take that for a constant.
[[nodiscard]] constexpr int find_text(const char* in, int size, std::string_view wanted) noexcept {
    const int length = static_cast<int>(wanted.size());
    if (length == 0) {
        return 0;
    }
    const char first = wanted[0];
    const int last = size - length;
    for (int at = 0; at <= last; ++at) {
        if (in[at] != first) {
            continue;  // most places: constant evaluation counts every step of a comparison
        }
        int same = 1;
        while (same < length && in[at + same] == wanted[static_cast<std::size_t>(same)]) {
            ++same;
        }
        if (same == length) {
            return at;
        }
    }
    return -1;
}

/// Collects texts, each once.
struct text_collector {
    char* into = nullptr;
    int size = 0;

    constexpr int place(std::string_view t) noexcept {
        if (into != nullptr) {
            if (const int at = find_text(into, size, t); at >= 0) {
                return at;
            }
            for (std::size_t i = 0; i < t.size(); ++i) {
                into[size + static_cast<int>(i)] = t[i];
            }
        }
        size += static_cast<int>(t.size());
        return size - static_cast<int>(t.size());
    }
};

}  // namespace detail

/// An upper bound on the pool of `g`: texts that occur twice are counted twice.
template <class Graph>
[[nodiscard]] consteval name_sizes measure_names(const Graph& g) {
    detail::text_collector all;
    for (int i = 0; i < g.scope_count; ++i) {
        all.place(g.scopes[i].text);
    }
    for (int i = 0; i < g.size; ++i) {
        all.place(g.at(i).name.leaf);
        all.place(g.at(i).norm.leaf);
        for (int k = 0; k < g.at(i).custom_parameter_count; ++k) {
            all.place(g.at(i).custom_parameters[k].name);
        }
    }
    return {all.size, g.scope_count};
}

/// The pool of `g`; look a node's name up with `pack_name`.
template <name_sizes Sizes, class Graph>
[[nodiscard]] consteval auto pack_names(const Graph& g) {
    name_pool<Sizes> pool;
    detail::text_collector all{pool.characters};
    for (int i = 0; i < g.scope_count; ++i) {
        const name_scope& s = g.scopes[i];
        pool.levels[i] = {static_cast<std::int16_t>(s.parent), static_cast<std::int16_t>(s.index),
                          static_cast<std::uint16_t>(all.place(s.text)),
                          static_cast<std::uint8_t>(s.text.size())};
    }
    for (int i = 0; i < g.size; ++i) {
        all.place(g.at(i).name.leaf);
        all.place(g.at(i).norm.leaf);
        for (int k = 0; k < g.at(i).custom_parameter_count; ++k) {
            all.place(g.at(i).custom_parameters[k].name);
        }
    }
    return pool;
}

/// `name` as a number into `pool`. \pre the text is in the pool.
template <name_sizes Sizes>
[[nodiscard]] constexpr packed_name pack_name(const name_pool<Sizes>& pool,
                                              node_name name) noexcept {
    const int at = detail::find_text(pool.characters, Sizes.characters, name.leaf);
    return {static_cast<std::int16_t>(name.scope), static_cast<std::uint16_t>(at < 0 ? 0 : at),
            static_cast<std::uint8_t>(name.leaf.size())};
}

}  // namespace soma
