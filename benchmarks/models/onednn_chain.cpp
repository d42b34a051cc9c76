// SPDX-License-Identifier: MIT
#include "models/onednn_chain.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <list>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <soma/tensor/aligned_buffer.hpp>

#include "models/onednn_primitives.hpp"

namespace bench {

using namespace onednn;

namespace {

/// Memory for the results of steps: what nobody reads any more serves a later step.
class chain_buffers {
public:
    [[nodiscard]] std::byte* take(std::size_t size) {
        // The one given back last is the likeliest to be in a cache.
        for (auto it = free_.rbegin(); it != free_.rend(); ++it) {
            if ((*it)->size() >= size) {
                soma::aligned_buffer* const found = *it;
                free_.erase(std::next(it).base());
                return found->data();
            }
        }
        all_.emplace_back(size);
        return all_.back().data();
    }
    void give_back(const memory& tensor) {
        for (soma::aligned_buffer& buffer : all_) {
            if (buffer.data() == tensor.get_data_handle()) {
                free_.push_back(&buffer);
            }
        }
    }

private:
    std::list<soma::aligned_buffer> all_;
    std::vector<soma::aligned_buffer*> free_;
};

}  // namespace

struct onednn_chain::state {
    struct call {
        dnnl::primitive primitive;
        std::unordered_map<int, memory> arguments;
        memory::desc scratch;
    };

    state(const network& steps, const chain_options& chosen) : net(steps), options(chosen) {}

    const network& net;
    chain_options options;
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    std::vector<call> calls;
    std::vector<memory> weights;  ///< of each step; empty where it has none
    std::vector<std::shared_ptr<soma::aligned_buffer>> constants;
    std::map<std::string, int> kernels;
    chain_buffers buffers;
    soma::aligned_buffer scratch, result;
    memory input;

    [[nodiscard]] type stored() const { return options.bf16 ? type::bf16 : type::f32; }

    /// A tensor in memory of its own, laid out as `wanted`, from floats in a plain layout.
    memory constant(const memory::desc& wanted, const memory::desc& plain, const float* values) {
        memory from(plain, engine, const_cast<float*>(values));
        constants.push_back(std::make_shared<soma::aligned_buffer>(wanted.get_size()));
        memory to(wanted, engine, constants.back()->data());
        dnnl::reorder(from, to).execute(stream, from, to);
        stream.wait();
        return to;
    }

    template <class Primitive, class Description>
    void add(const Description& description, std::unordered_map<int, memory> arguments) {
        ++kernels[description.impl_info_str()];
        calls.push_back(
            {Primitive(description), std::move(arguments), description.scratchpad_desc()});
    }

    /// `from` in the layout `wanted`: itself, or the result of one more call.
    memory laid_out(const memory& from, const memory::desc& wanted) {
        if (from.get_desc() == wanted) {
            return from;
        }
        const memory to(wanted, engine, buffers.take(wanted.get_size()));
        add<dnnl::reorder>(dnnl::reorder::primitive_desc(engine, from.get_desc(), engine, wanted,
                                                         attributes(false, false)),
                           {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
        return to;
    }

    /// Where the result of step `s` goes: over the residual, to the caller, or into a buffer.
    memory target_of(const network_step& s,
                     const memory::desc& layout,
                     const std::vector<memory>& tensors) {
        if (s.residual >= 0) {
            return tensors[static_cast<std::size_t>(s.residual)];
        }
        const bool last = tensors.size() == net.steps.size();
        return {layout, engine, last ? result.data() : buffers.take(layout.get_size())};
    }

    template <class Primitive, class Description>
    memory add_matmul(const network_step& s,
                      const Description& description,
                      const std::vector<memory>& tensors,
                      const state* like) {
        const memory::desc wanted = description.weights_desc();
        const memory::dims shape = dims_of(wanted);
        const memory::desc plain(shape, type::f32, shape.size() == 4 ? tag::abcd : tag::ab);
        const memory::desc vector({s.out_c}, type::f32, tag::a);
        const float* const values = net.parameters.data();
        const std::size_t step = weights.size();
        const bool same = like != nullptr && like->weights[step].get_desc() == wanted;
        weights.push_back(same ? like->weights[step] : constant(wanted, plain, values + s.weights));
        const memory& given = tensors[static_cast<std::size_t>(s.source)];
        const memory from = laid_out(given, description.src_desc());
        const memory to = target_of(s, description.dst_desc(), tensors);
        add<Primitive>(description, {{DNNL_ARG_SRC, from},
                                     {DNNL_ARG_WEIGHTS, weights.back()},
                                     {DNNL_ARG_BIAS, constant(vector, vector, values + s.bias)},
                                     {DNNL_ARG_DST, to}});
        if (from != given) {
            buffers.give_back(from);
        }
        return to;
    }

    memory add_step(const network_step& s, const std::vector<memory>& tensors, const state* like) {
        const memory::desc given = tensors[static_cast<std::size_t>(s.source)].get_desc();
        const memory::desc source(dims_of(given), stored(), tag::any);
        const memory::dims image{options.batch, s.out_c, s.out_size, s.out_size};
        if (s.kind == "linear") {
            const bool last = tensors.size() == net.steps.size();
            const memory::desc rows({options.batch, s.out_c}, last ? type::f32 : stored(),
                                    last ? tag::ab : tag::any);
            return add_matmul<dnnl::inner_product_forward>(
                s, inner_product(engine, s, source, rows, stored()), tensors, like);
        }
        const memory::desc target = s.residual >= 0
                                        ? tensors[static_cast<std::size_t>(s.residual)].get_desc()
                                        : memory::desc(image, stored(), tag::any);
        if (s.kind == "conv") {
            const auto method = options.automatic ? dnnl::algorithm::convolution_auto
                                                  : dnnl::algorithm::convolution_direct;
            return add_matmul<dnnl::convolution_forward>(
                s, convolution(engine, s, method, source, target, stored()), tensors, like);
        }
        const auto description = pooling(engine, s, given, target);
        const memory to = target_of(s, description.dst_desc(), tensors);
        weights.emplace_back();
        add<dnnl::pooling_forward>(
            description,
            {{DNNL_ARG_SRC, tensors[static_cast<std::size_t>(s.source)]}, {DNNL_ARG_DST, to}});
        return to;
    }

    void build(const state* like) {
        const network_step& first = net.steps.front();
        const memory::dims images{options.batch, first.in_c, first.in_size, first.in_size};
        input = memory(memory::desc(images, type::f32, tag::nchw), engine, nullptr);
        result = soma::aligned_buffer(static_cast<std::size_t>(options.batch)
                                      * static_cast<std::size_t>(net.steps.back().out_c)
                                      * sizeof(float));
        std::vector<std::size_t> last_use(net.steps.size() + 1);
        for (std::size_t i = 0; i < net.steps.size(); ++i) {
            last_use[static_cast<std::size_t>(net.steps[i].source)] = i;
        }
        std::vector<memory> tensors{input};
        for (std::size_t i = 0; i < net.steps.size(); ++i) {
            const network_step& s = net.steps[i];
            try {
                tensors.push_back(add_step(s, tensors, like));
            } catch (const dnnl::error& fault) {
                throw std::runtime_error("step " + std::to_string(i) + ", " + s.kind + ": "
                                         + fault.what());
            }
            // A residual's memory holds the result from now on.
            const auto source = static_cast<std::size_t>(s.source);
            if (last_use[source] == i && !is_residual(source, i)) {
                buffers.give_back(tensors[source]);
            }
        }
        finish();
    }

    /// Whether a step after `i` adds tensor `index`.
    [[nodiscard]] bool is_residual(std::size_t index, std::size_t i) const {
        return std::any_of(net.steps.begin() + static_cast<std::ptrdiff_t>(i), net.steps.end(),
                           [&](const network_step& s) {
                               return s.residual >= 0
                                      && static_cast<std::size_t>(s.residual) == index;
                           });
    }

    void finish() {
        std::size_t bytes = 0;
        for (const call& c : calls) {
            bytes = std::max(bytes, c.scratch.get_size());
        }
        scratch = soma::aligned_buffer(bytes);
        for (call& c : calls) {
            if (c.scratch.get_size() > 0) {
                c.arguments[DNNL_ARG_SCRATCHPAD] = memory(c.scratch, engine, scratch.data());
            }
        }
    }
};

onednn_chain::onednn_chain(const network& net,
                           const chain_options& options,
                           const onednn_chain* like)
    : state_(std::make_unique<state>(net, options)) {
    state_->build(like == nullptr ? nullptr : like->state_.get());
    if (like != nullptr) {
        // Shared weights live as long as their last user.
        const auto& theirs = like->state_->constants;
        state_->constants.insert(state_->constants.end(), theirs.begin(), theirs.end());
    }
}

onednn_chain::~onednn_chain() = default;

void onednn_chain::run(std::span<const float> input) {
    state_->input.set_data_handle(const_cast<float*>(input.data()));
    for (state::call& c : state_->calls) {
        c.primitive.execute(state_->stream, c.arguments);
    }
    state_->stream.wait();
}

std::span<const float> onednn_chain::output() const {
    return {reinterpret_cast<const float*>(state_->result.data()),
            state_->result.size() / sizeof(float)};
}

std::vector<std::string> onednn_chain::implementations() const {
    std::vector<std::string> result;
    for (const auto& [name, count] : state_->kernels) {
        result.push_back(std::to_string(count).append(" x ").append(name));
    }
    return result;
}

std::string onednn_version() {
    const dnnl_version_t* v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "."
           + std::to_string(v->patch);
}

void onednn_use_threads(int threads) {
    // The OpenMP runtime is the library's own choice; ask whichever one is loaded.
    if (void* symbol = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads")) {
        reinterpret_cast<void (*)(int)>(symbol)(threads);
    }
}

}  // namespace bench
