// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A network as a chain of oneDNN primitives, assembled by hand as its expert users do.
///
/// Every layer may choose its layouts (`any`), weights are laid out once, ReLU and the residual sum
/// are fused into the convolutions, pooling and the final product are primitives of the chain.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/onednn_network.hpp"

namespace bench {

/// How a chain computes.
struct chain_options {
    int batch = 1;
    bool bf16 = false;
    bool automatic = false;  ///< lets the library choose Winograd where it thinks that is faster
};

/// The library's version, "3.2.0".
[[nodiscard]] std::string onednn_version();

/// Makes the calling thread run primitives with this many threads.
void onednn_use_threads(int threads);

/// One chain, ready to run; to be used by the thread that made it.
class onednn_chain {
public:
    /// `like` shares its weights with this chain when both lay them out the same way. Throws
    /// `std::runtime_error` naming the step that the library has no primitive for.
    onednn_chain(const network& net,
                 const chain_options& options,
                 const onednn_chain* like = nullptr);
    ~onednn_chain();

    onednn_chain(const onednn_chain&) = delete;
    onednn_chain& operator=(const onednn_chain&) = delete;

    /// Runs a batch; `input` is float32 NCHW, and so is what `output` returns afterwards.
    void run(std::span<const float> input);
    [[nodiscard]] std::span<const float> output() const;

    /// The kernels of the steps, each once, with how many steps use it.
    [[nodiscard]] std::vector<std::string> implementations() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace bench
