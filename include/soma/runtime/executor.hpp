// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A program with weights and memory of its own, ready to run.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/compile/unwritten_kernels.hpp>
#include <soma/runtime/dispatch.hpp>
#include <soma/runtime/pipeline/pipelined.hpp>
#include <soma/runtime/threads/core_team.hpp>
#include <soma/runtime/threads/worker_team.hpp>
#include <soma/runtime/weights/tensor_source.hpp>
#include <soma/runtime/weights/weights.hpp>
#include <soma/simd/control.hpp>
#include <soma/simd/matrix_tile.hpp>
#include <soma/tensor/aligned_buffer.hpp>
#include <soma/tensor/tensor_view.hpp>

namespace soma {

/// How a run over a caller's own number of samples ended.
enum class run_status : std::uint8_t {
    done,
    input_is_not_whole_samples,  ///< the input's size is no multiple of a sample's
    output_does_not_match,       ///< the output does not hold one result per input sample
};

/// A tensor or a view: a type that knows its shape.
template <class T>
concept shaped_tensor = shape_type<typename std::remove_cvref_t<T>::shape_type>;

/// Runs `Program`, which does not compile while one of its operators has no kernel. Threads, arenas
/// and packed weights exist from construction to destruction.
///
/// `run` does not allocate, lock, throw or print. One caller at a time; executors are independent
/// of each other and share packed weights.
template <class Program>
class executor : detail::require_kernels<Program> {
public:
    using program_type = Program;
    using model_type = typename Program::model_type;

    /// What `run` takes and returns: all samples of one run, channels first.
    using input_shape = batched_shape_t<Program::samples, typename model_type::input_shape>;
    using output_shape = batched_shape_t<Program::samples, typename model_type::output_shape>;

    static constexpr std::size_t sample_inputs = model_type::input_shape::size;
    static constexpr std::size_t sample_outputs = model_type::output_shape::size;

    explicit executor(const weights<model_type>& trained)
        : team_(std::make_unique<worker_team>(staged ? 0 : Program::copies - 1, threads)) {
        if (!simd::acquire_registers<typename Program::isa_type>()) {
            throw std::runtime_error(std::string("soma: the system does not let this process use ")
                                         .append(Program::isa_type::name)
                                         .append("; compile for another instruction set"));
        }
        if constexpr (staged) {
            make_stages(trained);
        } else {
            packed_ = trained.template packed<formatted_type, typename Program::isa_type>();
            make_copies();
        }
    }

    /// Stops compilation: these are the weights of another model.
    template <
        class Other,
        std::size_t = sizeof(require<fault_if<!std::same_as<Other, model_type>,
                                              weights_of_another_model<policy<Program>,
                                                                       expected_type<model_type>,
                                                                       got_type<Other>>>>)>
    explicit executor(const weights<Other>&) = delete;

    /// Runs all samples of `in`; every copy takes `batch_size` of them.
    ///
    /// Takes tensors and views of `input_shape` and `output_shape`; another shape does not compile.
    template <shaped_tensor In, shaped_tensor Out>
    void run(const In& in, Out&& out) noexcept {
        using got_in = typename In::shape_type;
        using got_out = typename std::remove_cvref_t<Out>::shape_type;
        static_cast<void>(
            require<fault_if<!std::same_as<got_in, input_shape>,
                             wrong_tensor_shape<policy<struct run_input>,
                                                expected_type<input_shape>, got_type<got_in>>>>{});
        static_cast<void>(
            require<
                fault_if<!std::same_as<got_out, output_shape>,
                         wrong_tensor_shape<policy<struct run_output>, expected_type<output_shape>,
                                            got_type<got_out>>>>{});
        const tensor_view<const float, got_in> from = in;
        const tensor_view<float, got_out> to = out;
        run_samples(from.data(), to.data(), Program::samples);
    }

    /// Runs any number of samples: splits them to the compiled batch and drops the padding of the
    /// last one. The batches follow each other through a pipeline's stages.
    [[nodiscard]] run_status run(std::span<const float> in, std::span<float> out) noexcept {
        if (in.size() % sample_inputs != 0) {
            return run_status::input_is_not_whole_samples;
        }
        std::size_t left = in.size() / sample_inputs;
        if (out.size() != left * sample_outputs) {
            return run_status::output_does_not_match;
        }
        const float* from = in.data();
        float* to = out.data();
        if constexpr (staged) {
            stages_->run(from, to, left);
            return run_status::done;
        }
        while (left > 0) {
            const std::size_t now = left < Program::samples ? left : Program::samples;
            run_samples(from, to, static_cast<int>(now));
            from += now * sample_inputs;
            to += now * sample_outputs;
            left -= now;
        }
        return run_status::done;
    }

    /// Bytes of all arenas: `copies` times the program's plan; of a pipeline those of all stages,
    /// and what lies between them.
    [[nodiscard]] std::size_t arena_bytes() const noexcept {
        if constexpr (staged) {
            return stages_->bytes();
        }
        std::size_t total = 0;
        for (const aligned_buffer& arena : arenas_) {
            total += arena.size();
        }
        return total;
    }

    /// Packed parameters, shared with every executor of the same model, precision and ISA.
    [[nodiscard]] std::span<const std::byte> packed_weights() const noexcept {
        return {packed_->data(), packed_->size()};
    }

private:
    using formatted_type = typename Program::formatted_type;
    static constexpr int threads = Program::copies * Program::cores;
    /// Whether stages have threads of their own: a pipeline of one stage is a program like others.
    static constexpr bool staged = [] {
        if constexpr (stages_of<typename Program::schedule_type> > 1) {
            return Program::stage_ranges.count > 1;
        } else {
            return false;
        }
    }();
    struct no_stages {};
    using stages_type =
        typename std::conditional_t<staged,
                                    std::type_identity<std::unique_ptr<pipelined<Program>>>,
                                    std::type_identity<no_stages>>::type;
    static constexpr auto step_chunks = [] {
        std::array<std::uint16_t, Program::steps.size()> chunks{};
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            chunks[i] = Program::steps[i].chunks;
        }
        return chunks;
    }();

    void make_stages(const weights<model_type>& trained) {
        using stages = pipelined<Program>;
        packed_ = trained.template packed_by<formatted_type>(
            [&](const tensor_source& source, aligned_buffer& unpacked) {
                stages_ = std::make_unique<stages>(source, unpacked);
            });
        if (stages_ == nullptr) {  // somebody else has packed
            stages_ = std::make_unique<stages>(*packed_);
        }
    }

    void make_copies() {
        arenas_.reserve(Program::copies);
        for (int i = 0; i < Program::copies; ++i) {
            arenas_.emplace_back(Program::arena_bytes);
            if constexpr (Program::cores > 1) {
                cores_.push_back(std::make_unique<core_team>(Program::cores, step_chunks, threads));
            }
        }
    }

    void run_samples(const float* in, float* out, int samples) noexcept {
        if constexpr (staged) {
            stages_->run(in, out, static_cast<std::size_t>(samples));
            return;
        }
        const simd::flush_denormals_scope flush;
        team_->run([&](int copy) noexcept { run_copy(copy, in, out, samples); });
    }

    /// Copy `copy` runs its share; samples beyond the caller's are zeros whose results nobody
    /// reads.
    void run_copy(int copy, const float* in, float* out, int samples) noexcept {
        const int first = copy * Program::batch_size;
        if (first >= samples) {
            return;
        }
        std::byte* const arena = arenas_[static_cast<std::size_t>(copy)].data();
        const int own =
            samples - first < Program::batch_size ? samples - first : Program::batch_size;
        const pass_context context{.nodes = Program::nodes.data(),
                                   .arena = arena,
                                   .scratch = arena + Program::scratch_offset,
                                   .packed = packed_->data(),
                                   .packed_bytes = packed_->size(),
                                   .input = in + static_cast<std::size_t>(first) * sample_inputs,
                                   .output = out + static_cast<std::size_t>(first) * sample_outputs,
                                   .batch_size = Program::batch_size,
                                   .samples = own};
        if constexpr (Program::cores == 1) {
            run_pass<Program>(context);
        } else {
            cores_[static_cast<std::size_t>(copy)]->run(
                [&](int step, int chunk, int core) noexcept {
                    pass_context of_core = context;
                    of_core.scratch += static_cast<std::size_t>(core) * Program::scratch_bytes;
                    run_chunk<Program>(of_core, step, chunk);
                });
        }
    }

    std::shared_ptr<const aligned_buffer> packed_;
    std::vector<aligned_buffer> arenas_;
    std::vector<std::unique_ptr<core_team>> cores_;  ///< one for each copy, if it has several cores
    std::unique_ptr<worker_team> team_;
    [[no_unique_address]] stages_type stages_;  ///< instead of arenas and teams, if there are any
};

}  // namespace soma
