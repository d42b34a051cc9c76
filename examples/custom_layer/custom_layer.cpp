// SPDX-License-Identifier: MIT

/// \file
/// A layer and a precision policy that the library has never heard of join a model.

#include <algorithm>
#include <array>
#include <iostream>
#include <soma/perf/describe.hpp>
#include <soma/soma.hpp>

using namespace soma;

/// Keeps activations in FP16 and multiplies in BF16: a cast before every matmul.
struct half_kept : precision<float16, bfloat16> {
    static constexpr std::string_view name = "half_kept";
};

/// Maxout with a learned gain: channel c is the larger of channels 2c and 2c + 1, times gain[c].
struct maxout {
    static constexpr extents output(extents in) {
        return {in.c % 2 == 0 ? in.c / 2 : 0, in.h, in.w};  // no channels: "I refuse this shape"
    }
    static constexpr workload work(extents in) { return {.vector_ops = in.elements()}; }
    static constexpr auto parameters(extents in) {
        return std::array{custom_parameter{"gain", in.c / 2}};
    }
    static void run(pixels<const float> in,
                    pixels<float> out,
                    const float* const* learned) noexcept {
        for (int p = 0; p < out.count(); ++p) {
            const float* const x = in.data + p * in.pitch;
            for (int c = 0; c < out.c; ++c) {
                out.data[p * out.pitch + c] = std::max(x[2 * c], x[2 * c + 1]) * learned[0][c];
            }
        }
    }
};

struct net : model<input<float, 3, 8, 8>,
                   layers::conv2d<"conv", 4, 3, padding<1>>,
                   layers::custom<"maxout", maxout>,
                   layers::global_average_pool,
                   layers::linear<"fc", 2>> {};

int main() {
    parameters<net> values;  // load<net>("file.safetensors") looks for "maxout.gain", too
    for (const auto& spec : parameters<net>::table::specs) {
        std::ranges::fill(values.of(spec), 0.125F);
    }
    using plan = program<net, half_kept, batch<2>>;
    perf::describe<plan>(std::cout);  // maxout only knows FP32: what it reads and returns is cast
    executor<plan> run{weights<net>{std::move(values)}};
    tensor<float, executor<plan>::input_shape> in;
    tensor<float, executor<plan>::output_shape> out;
    std::ranges::fill(in, 1.0F);
    run.run(in, out);
    std::cout << "result: " << out(0, 0) << '\n';
}
