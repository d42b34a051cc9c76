// SPDX-License-Identifier: MIT
#include "onednn.hpp"

#if __has_include(<oneapi/dnnl/dnnl.hpp>) && !defined(SOMA_WITHOUT_ONEDNN)

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <limits>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>

#include <soma/perf/clock.hpp>
#include <soma/tensor/aligned_buffer.hpp>

#include "onednn_post_ops.hpp"

namespace bench {

namespace {

using dnnl::memory;
using tag = memory::format_tag;
using type = memory::data_type;

constexpr bool asynchronous = DNNL_CPU_RUNTIME == DNNL_RUNTIME_SYCL;

type type_of(soma::format stored) {
    return stored == soma::format::f32   ? type::f32
           : stored == soma::format::f16 ? type::f16
                                         : type::bf16;
}

/// The engine and stream that all kernels share.
struct device {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
};

device& the_device() {
    static device instance;
    return instance;
}

/// A tensor of oneDNN in our own buffer, so that both sides' memory has the same alignment and the
/// same advice about pages.
class tensor {
public:
    explicit tensor(const memory::desc& layout) {
        if constexpr (asynchronous) {
            memory_ = memory(layout, the_device().engine);
        } else {
            buffer_ = soma::aligned_buffer(layout.get_size());
            memory_ = memory(layout, the_device().engine, buffer_.data());
        }
    }

    /// Fills it from FP32 values in a plain layout.
    tensor(const memory::desc& layout, const memory::desc& plain, const std::vector<float>& values)
        : tensor(layout) {
        memory source(plain, the_device().engine);
        auto* bytes = source.map_data<float>();
        std::memcpy(bytes, values.data(), values.size() * sizeof(float));
        source.unmap_data(bytes);
        reorder(source, memory_);
    }

    [[nodiscard]] std::vector<float> values(const memory::desc& plain) const {
        memory target(plain, the_device().engine);
        memory source = memory_;
        reorder(source, target);
        const auto* bytes = target.map_data<float>();
        std::vector<float> result(bytes, bytes + plain.get_size() / sizeof(float));
        target.unmap_data(const_cast<float*>(bytes));
        return result;
    }

    [[nodiscard]] const memory& get() const noexcept { return memory_; }

private:
    static void reorder(memory& from, memory& to) {
        dnnl::reorder(from, to).execute(the_device().stream, from, to);
        the_device().stream.wait();
    }

    soma::aligned_buffer buffer_;
    memory memory_;
};

/// A primitive and its description, whatever kind it is of.
struct prepared {
    dnnl::primitive primitive;
    memory::desc source, weights, target;
    std::string name;
};

template <class Primitive, class Description>
prepared prepare(const Description& description) {
    return {Primitive(description), description.src_desc(), description.weights_desc(),
            description.dst_desc(), description.impl_info_str()};
}

dnnl::primitive_attr attributes(bool relu) {
    dnnl::primitive_attr result;
    if (relu) {
        dnnl::post_ops fused;
        append_relu(fused);
        result.set_post_ops(fused);
    }
    return result;
}

prepared prepare_convolution(const workload& w, type stored, algorithm kind, tag activations) {
    const memory::desc source({w.batch, w.in_c, w.in_size, w.in_size}, stored, activations);
    const memory::desc weights({w.out_c, w.in_c, w.kernel, w.kernel}, stored, tag::any);
    const memory::desc bias({w.out_c}, type::f32, tag::a);
    const memory::desc target({w.batch, w.out_c, w.out_size(), w.out_size()}, stored, activations);
    const memory::dim after = (w.out_size() - 1) * w.stride + w.kernel - w.in_size - w.pad;
    const memory::dims strides{w.stride, w.stride};
    const memory::dims before{w.pad, w.pad};
    const auto method = kind == algorithm::direct ? dnnl::algorithm::convolution_direct
                                                  : dnnl::algorithm::convolution_winograd;
    const auto& engine = the_device().engine;
    const auto inference = dnnl::prop_kind::forward_inference;
    using primitive = dnnl::convolution_forward;
#if DNNL_VERSION_MAJOR >= 3
    const primitive::primitive_desc description(engine, inference, method, source, weights, bias,
                                                target, strides, before, {after, after},
                                                attributes(w.relu));
#else
    const primitive::primitive_desc description(
        primitive::desc(inference, method, source, weights, bias, target, strides, before,
                        {after, after}),
        attributes(w.relu), engine);
#endif
    return prepare<primitive>(description);
}

prepared prepare_inner_product(const workload& w, type stored, tag activations) {
    const memory::desc source({w.batch, w.in_c}, stored, activations);
    const memory::desc weights({w.out_c, w.in_c}, stored, tag::any);
    const memory::desc bias({w.out_c}, type::f32, tag::a);
    const memory::desc target({w.batch, w.out_c}, stored, activations);
    const auto inference = dnnl::prop_kind::forward_inference;
    using primitive = dnnl::inner_product_forward;
#if DNNL_VERSION_MAJOR >= 3
    const primitive::primitive_desc description(the_device().engine, inference, source, weights,
                                                bias, target, attributes(w.relu));
#else
    const primitive::primitive_desc description(
        primitive::desc(inference, source, weights, bias, target), attributes(w.relu),
        the_device().engine);
#endif
    return prepare<primitive>(description);
}

prepared prepare_matmul(const workload& w, type stored, tag activations) {
    const memory::desc source({w.batch, w.in_c}, stored, activations);
    const memory::desc weights({w.in_c, w.out_c}, stored, tag::any);
    const memory::desc bias({1, w.out_c}, type::f32, tag::ab);
    const memory::desc target({w.batch, w.out_c}, stored, activations);
    using primitive = dnnl::matmul;
#if DNNL_VERSION_MAJOR >= 3
    const primitive::primitive_desc description(the_device().engine, source, weights, bias, target,
                                                attributes(w.relu));
#else
    const primitive::primitive_desc description(primitive::desc(source, weights, bias, target),
                                                attributes(w.relu), the_device().engine);
#endif
    return prepare<primitive>(description);
}

class onednn_kernel final : public measured_kernel {
public:
    /// `plain_weights` describes the operand's [out_c][in_c][kernel][kernel] as this primitive
    /// numbers its dimensions.
    onednn_kernel(const workload& w,
                  const operands& x,
                  prepared way,
                  const memory::desc& plain_source,
                  const memory::desc& plain_weights,
                  const memory::desc& plain_target,
                  const memory::desc& bias)
        : primitive_(std::move(way.primitive)),
          name_(std::move(way.name)),
          source_(way.source, plain_source, x.input),
          bias_(bias, bias, x.bias),
          target_(way.target),
          plain_target_(plain_target) {
        for (int copy = 0; copy < w.weight_copies; ++copy) {
            weights_.emplace_back(way.weights, plain_weights, x.weights);
            arguments_.push_back({{DNNL_ARG_SRC, source_.get()},
                                  {DNNL_ARG_WEIGHTS, weights_.back().get()},
                                  {DNNL_ARG_BIAS, bias_.get()},
                                  {DNNL_ARG_DST, target_.get()}});
        }
    }

    void run() override {
        primitive_.execute(the_device().stream, arguments_[next_]);
        next_ = next_ + 1 == arguments_.size() ? 0 : next_ + 1;
    }

    double seconds() override {
        the_device().stream.wait();
        const auto since_start = [](auto point) {
            return std::chrono::duration<double>(point.time_since_epoch()).count();
        };
        return asynchronous ? since_start(soma::perf::process_cpu_clock::now())
                            : since_start(soma::perf::thread_cpu_clock::now());
    }

    std::vector<float> output() override {
        the_device().stream.wait();
        return target_.values(plain_target_);
    }

    std::string implementation() const override { return name_; }

private:
    dnnl::primitive primitive_;
    std::string name_;
    tensor source_;
    tensor bias_;
    tensor target_;
    memory::desc plain_target_;
    std::vector<tensor> weights_;
    std::vector<std::unordered_map<int, memory>> arguments_;
    std::size_t next_ = 0;
};

/// Seconds of the fastest of a few runs.
double trial(measured_kernel& kernel) {
    double best = std::numeric_limits<double>::infinity();
    kernel.run();
    for (int repetition = 0; repetition < 5; ++repetition) {
        const double start = kernel.seconds();
        kernel.run();
        kernel.run();
        best = std::min(best, kernel.seconds() - start);
    }
    return best;
}

}  // namespace

std::string onednn_version() {
    const dnnl_version_t* v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "."
           + std::to_string(v->patch);
}

void onednn_use_one_thread() {
    // The OpenMP runtime is the library's own choice; ask whichever one is loaded.
    if (void* symbol = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads")) {
        reinterpret_cast<void (*)(int)>(symbol)(1);
    }
}

std::unique_ptr<measured_kernel> make_onednn(const workload& w,
                                             const operands& x,
                                             algorithm kind,
                                             std::string& why_not) {
    const type stored = type_of(x.stored);
    std::unique_ptr<measured_kernel> best;
    double shortest = std::numeric_limits<double>::infinity();
    const auto consider = [&](auto make) {
        try {
            std::unique_ptr<measured_kernel> kernel = make();
            if (const double time = trial(*kernel); time < shortest) {
                shortest = time;
                best = std::move(kernel);
            }
        } catch (const dnnl::error& fault) {
            why_not = fault.what();
        }
    };

    if (w.linear()) {
        const memory::desc source({w.batch, w.in_c}, type::f32, tag::ab);
        const memory::desc target({w.batch, w.out_c}, type::f32, tag::ab);
        for (const tag activations : {tag::any, tag::ab}) {
            consider([&] {
                return std::make_unique<onednn_kernel>(
                    w, x, prepare_inner_product(w, stored, activations), source,
                    memory::desc({w.out_c, w.in_c}, type::f32, tag::ab), target,
                    memory::desc({w.out_c}, type::f32, tag::a));
            });
            consider([&] {
                return std::make_unique<onednn_kernel>(
                    w, x, prepare_matmul(w, stored, activations), source,
                    memory::desc({w.in_c, w.out_c}, type::f32, tag::ba), target,
                    memory::desc({1, w.out_c}, type::f32, tag::ab));
            });
        }
    } else {
        for (const tag activations : {tag::any, tag::nhwc}) {
            consider([&] {
                return std::make_unique<onednn_kernel>(
                    w, x, prepare_convolution(w, stored, kind, activations),
                    memory::desc({w.batch, w.in_c, w.in_size, w.in_size}, type::f32, tag::nhwc),
                    memory::desc({w.out_c, w.in_c, w.kernel, w.kernel}, type::f32, tag::oihw),
                    memory::desc({w.batch, w.out_c, w.out_size(), w.out_size()}, type::f32,
                                 tag::nhwc),
                    memory::desc({w.out_c}, type::f32, tag::a));
            });
        }
    }
    return best;
}

}  // namespace bench

#else

namespace bench {

std::string onednn_version() {
    return "";
}

void onednn_use_one_thread() {}

std::unique_ptr<measured_kernel> make_onednn(const workload&,
                                             const operands&,
                                             algorithm,
                                             std::string& why_not) {
    why_not = "this build has no oneDNN";
    return nullptr;
}

}  // namespace bench

#endif
