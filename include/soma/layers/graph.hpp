// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The builder that layers push nodes into: the seam between any front end and the passes.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/layers/fault.hpp>
#include <soma/layers/node.hpp>

namespace soma {

/// A level of parameter names: `layer1` has a text, the blocks of a `repeat` have an index.
struct name_scope {
    int parent = -1;
    std::string_view text;
    int index = -1;
    std::uint64_t hash = 0;
};

namespace detail {

/// FNV-1a over a path, one level at a time.
[[nodiscard]] constexpr std::uint64_t hash_more(std::uint64_t hash,
                                                std::string_view more) noexcept {
    for (const char c : more) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return (hash ^ '.') * 0x100000001b3ULL;
}
inline constexpr std::uint64_t empty_path_hash = 0xcbf29ce484222325ULL;

}  // namespace detail

/// A flat graph under construction: nodes in execution order, scopes for names, the first fault.
///
/// Capacities come from the layer types (`max_nodes`, `max_scopes`): a fixed array is the cheapest
/// container in constant evaluation on both compilers.
template <int Nodes, int Scopes>
class graph {
public:
    node nodes[static_cast<std::size_t>(Nodes)] = {};
    int size = 0;
    name_scope scopes[static_cast<std::size_t>(Scopes + 1)] = {};
    int scope_count = 0;
    int scope = -1;
    diagnostic error;

    [[nodiscard]] constexpr const node& at(int i) const noexcept { return nodes[i]; }
    [[nodiscard]] constexpr node& at(int i) noexcept { return nodes[i]; }

    /// Appends `n` under the current scope and returns its number.
    constexpr int add(node n) noexcept {
        if (size == Nodes) {
            fail(fault::capacity, n.name.leaf, "nodes within max_nodes",
                 text<24>{}.append(Nodes).append(" nodes").view());
            return size - 1;
        }
        n.name.scope = scope;
        if (n.work.parameters > 0) {
            claim(n.name.leaf.empty() ? scope_hash(scope)
                                      : detail::hash_more(scope_hash(scope), n.name.leaf),
                  n.name.leaf);
        }
        nodes[size] = n;
        return size++;
    }

    /// Opens a scope below the current one and returns the current one, to be given to `leave`.
    constexpr int enter(std::string_view name, int index = -1) noexcept {
        const int outer = scope;
        if (scope_count == Scopes) {
            fail(fault::capacity, name, "scopes within max_scopes",
                 text<24>{}.append(Scopes).append(" scopes").view());
            return outer;
        }
        name_scope& inner = scopes[scope_count];
        inner = {scope, name, index, 0};
        inner.hash = detail::hash_more(scope_hash(scope),
                                       index < 0 ? name : text<12>{}.append(index).view());
        scope = scope_count++;
        return outer;
    }
    constexpr void leave(int outer) noexcept { scope = outer; }

    /// Keeps the fault unless there is one already.
    constexpr void fail(fault what,
                        std::string_view leaf,
                        std::string_view expected,
                        std::string_view got) noexcept {
        if (error.what != fault::none) {
            return;
        }
        error.what = what;
        append_path(error.layer, scope, leaf);
        error.expected.append(expected);
        error.got.append(got);
    }

    /// Appends `scope.leaf` in the manner of a PyTorch state_dict.
    template <std::size_t Capacity>
    constexpr void append_path(text<Capacity>& path,
                               int from,
                               std::string_view leaf) const noexcept {
        if (from >= 0) {
            append_path(path, scopes[from].parent, {});
            if (path.size > 0) {
                path.append(".");
            }
            if (scopes[from].index < 0) {
                path.append(scopes[from].text);
            } else {
                path.append(scopes[from].index);
            }
        }
        if (!leaf.empty()) {
            path.append(path.size > 0 ? "." : "").append(leaf);
        }
    }

private:
    static constexpr int table_size = 2 * Nodes + 1;
    std::uint64_t claimed_[static_cast<std::size_t>(table_size)] = {};

    [[nodiscard]] constexpr std::uint64_t scope_hash(int of) const noexcept {
        return of < 0 ? detail::empty_path_hash : scopes[of].hash;
    }

    /// Records a full name; an open-addressed table keeps this linear in constant evaluation.
    constexpr void claim(std::uint64_t hash, std::string_view leaf) noexcept {
        hash |= 1;
        auto slot = hash % static_cast<std::uint64_t>(table_size);
        while (claimed_[slot] != 0) {
            if (claimed_[slot] == hash) {
                fail(fault::name, leaf, "one layer of this name", "a second one");
                return;
            }
            slot = (slot + 1) % static_cast<std::uint64_t>(table_size);
        }
        claimed_[slot] = hash;
    }
};

}  // namespace soma
