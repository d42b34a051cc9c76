// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// ONNX Runtime through the C interface of its shared library, which is loaded when asked for.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <soma/runtime/serving/batch_worker.hpp>

namespace bench {

/// A shared library of ONNX Runtime: `libonnxruntime.so.*`, as its Python package has it.
class onnxruntime {
public:
    /// \throws std::runtime_error if this is no such library
    explicit onnxruntime(const std::string& library);

    [[nodiscard]] const std::string& version() const noexcept { return version_; }

    /// A session that any number of threads may run at the same time. The model has one input
    /// `image`, one result `logits`, and any number of samples as the first extent of both.
    ///
    /// \param sample  extents of one sample
    /// \param threads that work on one run
    /// \throws std::runtime_error with what ONNX Runtime says
    [[nodiscard]] soma::run_batch session(const std::string& model,
                                          const std::vector<std::int64_t>& sample,
                                          std::int64_t outputs,
                                          int threads) const;

private:
    struct environment;
    std::shared_ptr<environment> environment_;
    std::string version_;
};

}  // namespace bench
