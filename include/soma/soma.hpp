// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a program that runs a model needs: layers, models, policies, weights, executors.
///
/// For programs only; nothing in the library includes it. Reports and measurements are in `perf/`.

#include <soma/base/version.hpp>
#include <soma/compile/choose.hpp>
#include <soma/compile/program.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/batch_norm.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/first_token.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/reshape.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>
#include <soma/model/sequential.hpp>
#include <soma/policy/placement.hpp>
#include <soma/policy/precision.hpp>
#include <soma/policy/schedule.hpp>
#include <soma/policy/winograd.hpp>
#include <soma/runtime/any_executor.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/runtime/weights/load.hpp>
#include <soma/runtime/weights/weights.hpp>
#include <soma/tensor/tensor.hpp>
#include <soma/tensor/tensor_view.hpp>
