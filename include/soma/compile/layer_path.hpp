// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Names of nodes as users write them: `layer1.0.conv1`.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/base/text.hpp>
#include <soma/compile/names.hpp>
#include <soma/layers/node.hpp>

namespace soma {

/// The path of a node; longer ones are cut off.
using path_text = text<80>;

/// The scopes and the leaf of `name`, with dots between them. Nodes without a name of their own
/// have their scope's.
template <name_sizes Sizes>
[[nodiscard]] constexpr path_text layer_path(const name_pool<Sizes>& pool, node_name name) {
    path_text path;
    pool.spell({.scope = static_cast<std::int16_t>(name.scope)},
               [&](std::string_view piece) { path.append(piece); });
    if (path.size > 0 && !name.leaf.empty()) {
        path.append(".");
    }
    path.append(name.leaf);
    return path;
}

/// Whether `path` is `named` or lies within it: `layer1.0.conv1` is in `layer1.0`, but not in
/// `layer1.0.conv`.
[[nodiscard]] constexpr bool lies_in(std::string_view path, std::string_view named) noexcept {
    if (named.empty() || path.size() < named.size()) {
        return false;
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (path[i] != named[i]) {
            return false;
        }
    }
    return path.size() == named.size() || path[named.size()] == '.';
}

}  // namespace soma
