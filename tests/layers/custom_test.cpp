// SPDX-License-Identifier: MIT
#include <array>

#include <soma/layers/custom.hpp>

#include "support/lower.hpp"

using namespace soma;

namespace {

struct on_floats {
    static constexpr extents output(extents in) { return {2 * in.c, in.h, in.w}; }
    static constexpr workload work(extents in) { return {.vector_ops = 3 * in.elements()}; }
    static void run(pixels<const float>, pixels<float>) noexcept {}
};
struct on_anything : on_floats {
    template <class T>
    static void run(pixels<const T>, pixels<T>) noexcept {}
};
struct learned : on_floats {
    static constexpr std::array<custom_parameter, 2> parameters(extents in) {
        return {{{"gain", in.c}, {"table", 256}}};
    }
    static void run(pixels<const bfloat16>, pixels<bfloat16>, const float* const*) noexcept {}
};
struct no_workload {
    static constexpr extents output(extents in) { return in; }
};
struct only_even {
    static constexpr extents output(extents in) { return in.c % 2 == 0 ? in : extents{0}; }
    static constexpr workload work(extents) { return {}; }
    static void run(pixels<const float>, pixels<float>) noexcept {}
};

using layers::custom;

}  // namespace

static_assert(custom_operator<on_floats> && custom_operator<learned>
              && !custom_operator<no_workload>);
static_assert(layer_type<custom<"c", on_floats>> && layer_type<custom<"c", learned>>);

static_assert(test::gives<custom<"c", on_floats>>({3, 4, 5}, {6, 4, 5}));
static_assert([] {
    const node n = test::last<custom<"c", on_floats>>({3, 4, 5});
    return n.kind == op::custom && n.name.leaf == "c" && n.custom_parameter_count == 0
           && n.work == workload{.vector_ops = 180} && n.custom->supports(format::f32)
           && !n.custom->supports(format::f16) && !n.custom->supports(format::bf16);
}());
static_assert([] {
    const node n = test::last<custom<"c", on_anything>>({3});
    return n.custom->supports(format::f32) && n.custom->supports(format::f16)
           && n.custom->supports(format::bf16);
}());
static_assert([] {
    const node n = test::last<custom<"c", learned>>({3, 4, 5});
    return n.custom_parameter_count == 2 && n.custom_parameters[0].name == "gain"
           && n.custom_parameters[0].elements == 3 && n.custom_parameters[1].name == "table"
           && n.work.parameters == 259 && n.custom->supports(format::bf16)
           && !n.custom->supports(format::f32);
}());

// A shape that `output` refuses is a fault, and lowering goes on with the shape there is.
static_assert(test::reports<custom<"c", only_even>>(
    fault::shape, "c", "a shape that output accepts", "3x4x5", extents{3, 4, 5}));
static_assert(test::last<custom<"c", only_even>>({3, 4, 5}).out == extents{3, 4, 5});
