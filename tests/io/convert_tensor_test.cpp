// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <soma/io/convert_tensor.hpp>

#include "support/catch.hpp"

using namespace soma;
using io::dtype;
using io::load_error;
using io::tensor_entry;

namespace {

/// The bytes of some values, one byte away from where they would be aligned.
template <class T>
class misaligned {
public:
    explicit misaligned(const std::vector<T>& values) : bytes_(values.size() * sizeof(T) + 1) {
        const auto source = std::as_bytes(std::span(values));
        std::copy(source.begin(), source.end(), bytes_.begin() + 1);
    }
    tensor_entry entry(dtype type) const {
        const auto count = static_cast<std::int64_t>((bytes_.size() - 1) / sizeof(T));
        return {"w", type, {count}, std::span(bytes_).subspan(1)};
    }

private:
    std::vector<std::byte> bytes_;
};

template <class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const load_error& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("floating types are widened exactly from any address", "[io][convert_tensor]") {
    const std::vector<float> expected{1.5F, -0.0F, 0x1p-14F, 65504.0F};
    std::vector<float16> half;
    for (const float value : expected) {
        half.emplace_back(value);
    }
    CHECK(io::to_floats(misaligned(expected).entry(dtype::f32)) == expected);
    CHECK(io::to_floats(misaligned(half).entry(dtype::f16)) == expected);

    const std::vector<bfloat16> brain{bfloat16(1.5F), bfloat16(-0x1p100F)};
    CHECK(io::to_floats(misaligned(brain).entry(dtype::bf16))
          == std::vector<float>{1.5F, -0x1p100F});
}

TEST_CASE("doubles are rounded once, to nearest", "[io][convert_tensor]") {
    const misaligned values(std::vector<double>{1.0 + 0x1p-24, 1.0 + 0x1.8p-24, 1e300, 0x1p-150});
    CHECK(
        io::to_floats(values.entry(dtype::f64))
        == std::vector<float>{1.0F, 1.0F + 0x1p-23F, std::numeric_limits<float>::infinity(), 0.0F});
}

TEST_CASE("NaN and its payload pass through F32", "[io][convert_tensor]") {
    const auto odd = std::bit_cast<float>(0xFFC1'2345u);
    const std::vector<float> back = io::to_floats(misaligned(std::vector{odd}).entry(dtype::f32));
    CHECK(std::bit_cast<std::uint32_t>(back.front()) == 0xFFC1'2345u);
}

TEST_CASE("integers of every width are read", "[io][convert_tensor]") {
    const auto check = [](const auto& values, dtype type,
                          const std::vector<std::int64_t>& expected) {
        CHECK(io::to_integers(misaligned(values).entry(type)) == expected);
    };
    check(std::vector<std::uint8_t>{0, 1}, dtype::boolean, {0, 1});
    check(std::vector<std::uint8_t>{255}, dtype::u8, {255});
    check(std::vector<std::int8_t>{-128}, dtype::i8, {-128});
    check(std::vector<std::int16_t>{-2}, dtype::i16, {-2});
    check(std::vector<std::uint16_t>{65535}, dtype::u16, {65535});
    check(std::vector<std::int32_t>{-3}, dtype::i32, {-3});
    check(std::vector<std::uint32_t>{4'000'000'000u}, dtype::u32, {4'000'000'000});
    check(std::vector<std::int64_t>{-1LL << 62}, dtype::i64, {-(1LL << 62)});
}

TEST_CASE("another kind of number is refused by name", "[io][convert_tensor]") {
    const misaligned four(std::vector<std::uint8_t>{0, 0, 0, 0});
    CHECK(message_of([&] { static_cast<void>(io::to_floats(four.entry(dtype::i8))); })
          == "tensor \"w\": expected dtype F32, F16, BF16 or F64, found I8");
    CHECK(message_of([&] { static_cast<void>(io::to_integers(four.entry(dtype::f8_e4m3))); })
          == "tensor \"w\": expected an integer dtype of at most 63 bits, found F8_E4M3");
}

TEST_CASE("another number of elements is refused", "[io][convert_tensor]") {
    const misaligned four(std::vector<float>(4));
    std::vector<float> out(3);
    CHECK(message_of([&] { io::read_floats(four.entry(dtype::f32), out); })
          == "tensor \"w\": expected 3 elements, found 4 in shape [4]");
}

TEST_CASE("a tensor is read only in its own shape", "[io][convert_tensor]") {
    const misaligned values(std::vector<float>{1, 2, 3, 4, 5, 6});
    tensor_entry entry = values.entry(dtype::f32);
    CHECK(message_of([&] { static_cast<void>(io::to_tensor<shape<2, 3>>(entry)); })
          == "tensor \"w\": expected shape [2, 3], found [6]");
    entry.shape = {2, 3};
    CHECK(io::to_tensor<shape<2, 3>>(entry)(1, 0) == 4.0F);
    CHECK(message_of([&] { static_cast<void>(io::to_tensor<shape<3, 2>>(entry)); })
          == "tensor \"w\": expected shape [3, 2], found [2, 3]");
}

TEST_CASE("no elements are read as none", "[io][convert_tensor]") {
    const tensor_entry none{"w", dtype::f32, {0}, {}};
    CHECK(io::to_floats(none).empty());
    CHECK(io::to_integers({"w", dtype::i8, {0}, {}}).empty());
}
