// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// An executor whose program is chosen at run time, among those of one input and output shape.

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <soma/base/diagnostic.hpp>
#include <soma/compile/program_name.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/runtime/weights/weights.hpp>
#include <soma/tensor/shape.hpp>

namespace soma {

/// An executor of some program of a model that makes an `Output` of an `Input`, both shapes of one
/// sample. Costs an indirect call for a run; nothing is allocated but the executor itself.
///
/// \pre for everything but destruction and assignment: not moved from
template <shape_type Input, shape_type Output>
class any_executor {
public:
    using input_shape = Input;
    using output_shape = Output;

    static constexpr std::size_t sample_inputs = Input::size;
    static constexpr std::size_t sample_outputs = Output::size;

    /// Takes over an executor, of a model of these shapes; another one does not compile.
    template <class Program>
    any_executor(executor<Program>&& own)
        : own_(new executor<Program>(std::move(own)), &operations<Program>::destroy),
          run_(&operations<Program>::run),
          facts_(&operations<Program>::all) {
        using model = typename Program::model_type;
        static_cast<void>(
            require<fault_if<!std::same_as<typename model::input_shape, Input>,
                             wrong_tensor_shape<policy<struct executor_input>, expected_type<Input>,
                                                got_type<typename model::input_shape>>>>{});
        static_cast<void>(
            require<
                fault_if<!std::same_as<typename model::output_shape, Output>,
                         wrong_tensor_shape<policy<struct executor_output>, expected_type<Output>,
                                            got_type<typename model::output_shape>>>>{});
    }

    /// Runs any number of samples, as `executor::run` does. One caller at a time.
    [[nodiscard]] run_status run(std::span<const float> in, std::span<float> out) noexcept {
        return run_(own_.get(), in, out);
    }

    /// Samples of a compiled run, over all copies.
    [[nodiscard]] std::size_t samples() const noexcept { return facts_->samples; }
    /// Cores that a run keeps busy.
    [[nodiscard]] int cores() const noexcept { return facts_->cores; }
    /// Precision and schedule: `bf16, batch 4, copies 2`.
    [[nodiscard]] std::string_view name() const noexcept { return facts_->name; }

    [[nodiscard]] std::size_t arena_bytes() const noexcept {
        return facts_->arena_bytes(own_.get());
    }
    /// Packed parameters, shared with every executor of the same model, precision and ISA.
    [[nodiscard]] std::span<const std::byte> packed_weights() const noexcept {
        return facts_->packed_weights(own_.get());
    }

private:
    /// What is the same for all executors of one program.
    struct facts {
        std::size_t samples;
        int cores;
        std::string_view name;
        std::size_t (*arena_bytes)(const void*) noexcept;
        std::span<const std::byte> (*packed_weights)(const void*) noexcept;
    };

    template <class Program>
    struct operations {
        static executor<Program>& of(void* own) noexcept {
            return *static_cast<executor<Program>*>(own);
        }
        static const executor<Program>& of(const void* own) noexcept {
            return *static_cast<const executor<Program>*>(own);
        }
        static void destroy(void* own) noexcept { delete &of(own); }
        static run_status run(void* own, std::span<const float> in, std::span<float> out) noexcept {
            return of(own).run(in, out);
        }
        static constexpr facts all{
            .samples = Program::samples,
            .cores = cores_per_run<typename Program::schedule_type>,
            .name = program_name<Program>.view(),
            .arena_bytes = [](const void* own) noexcept { return of(own).arena_bytes(); },
            .packed_weights = [](const void* own) noexcept { return of(own).packed_weights(); }};
    };

    std::unique_ptr<void, void (*)(void*) noexcept> own_;
    run_status (*run_)(void*, std::span<const float>, std::span<float>) noexcept;
    const facts* facts_;
};

/// `any_executor` for the programs of `Model`.
template <model_type Model>
using any_executor_of = any_executor<typename Model::input_shape, typename Model::output_shape>;

/// An executor of `Program`, whose type is forgotten.
///
/// \throws what an executor's constructor throws
template <class Program>
[[nodiscard]] any_executor_of<typename Program::model_type> make_any_executor(
    const weights<typename Program::model_type>& trained) {
    return executor<Program>(trained);
}

namespace detail {

/// How many of `Programs` have the name of `Program`.
template <class Program, class... Programs>
consteval int programs_named_like() {
    return (0 + ... + (program_name<Program>.view() == program_name<Programs>.view() ? 1 : 0));
}

}  // namespace detail

/// Programs of one model, by their names: precision and schedule.
template <class First, class... Others>
class any_executor_table {
public:
    using model_type = typename First::model_type;
    using executor_type = any_executor_of<model_type>;

    /// In the order in which the programs are listed.
    [[nodiscard]] static constexpr const auto& names() noexcept { return all_names; }

    /// An executor of the program that is called `name`.
    ///
    /// \throws std::invalid_argument with the choices, if there is none; what an executor's
    ///         constructor throws
    [[nodiscard]] static executor_type make(std::string_view name,
                                            const weights<model_type>& trained) {
        for (std::size_t i = 0; i < all_names.size(); ++i) {
            if (all_names[i] == name) {
                return makers[i](trained);
            }
        }
        std::string message("soma: no program is called '");
        message.append(name).append("'; there are");
        for (const std::string_view choice : all_names) {
            message.append(choice == all_names.front() ? " '" : ", '").append(choice).append("'");
        }
        throw std::invalid_argument(message);
    }

private:
    static_assert(
        (sizeof(require<fault_if<!std::same_as<typename Others::model_type, model_type>,
                                 program_of_another_model<policy<Others>,
                                                          expected_type<model_type>,
                                                          got_type<typename Others::model_type>>>>)
         + ... + 1)
        > 0);
    static_assert(
        (sizeof(require<fault_if<detail::programs_named_like<Others, First, Others...>() != 1,
                                 program_name_used_twice<policy<Others>,
                                                         expected<fixed_string{"once"}>,
                                                         got<exactly<program_name<Others>.size>(
                                                             program_name<Others>.view())>>>>)
         + ... + 1)
        > 0);

    static constexpr std::array<std::string_view, 1 + sizeof...(Others)> all_names{
        program_name<First>.view(), program_name<Others>.view()...};
    static constexpr std::array<executor_type (*)(const weights<model_type>&),
                                1 + sizeof...(Others)>
        makers{&make_any_executor<First>, &make_any_executor<Others>...};
};

}  // namespace soma
