// SPDX-License-Identifier: MIT
#include "../examples/support/precisions.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

/// The name of what `text` means; empty where it means nothing.
std::string meaning(std::string_view text) {
    const examples::precision_choice* found = examples::find_precision(text);
    return found == nullptr ? "" : std::string(found->name);
}

}  // namespace

TEST_CASE("every policy is found by its name", "[examples][precisions]") {
    REQUIRE(examples::precisions().size() == 7);
    for (const examples::precision_choice& choice : examples::precisions()) {
        CHECK(meaning(choice.name) == choice.name);
        CHECK(examples::expected_precision().find(choice.name) != std::string::npos);
    }
    CHECK(examples::find_precision("matmul_cast<bf16>")->formats.storage == soma::format::f32);
    CHECK(examples::find_precision("matmul_cast<bf16>")->formats.compute == soma::format::bf16);
    CHECK(examples::find_precision("auto_cast<fp16>")->formats.storage == soma::format::f16);
    CHECK(examples::find_precision("auto_cast<fp16>")->formats.result == soma::format::f32);
}

TEST_CASE("precisions by the words of benchmark pages", "[examples][precisions]") {
    struct phrase {
        std::string_view text, policy;
    };
    for (const auto& [text, policy] : {
             phrase{"fp32 auto-cast to bf16", "auto_cast<bf16>"},
             phrase{"fp32 with matmult in bf16", "matmul_cast<bf16>"},
             phrase{"fp32 auto-cast to fp16", "auto_cast<fp16>"},
             phrase{"matmult bf16", "matmul_cast<bf16>"},
             phrase{"  FP32   Auto-Cast  TO  BF16 ", "auto_cast<bf16>"},
             phrase{"FP32, autocast to bfloat16", "auto_cast<bf16>"},
             phrase{"fp32 autocast bf16", "auto_cast<bf16>"},
             phrase{"float32 with matmul in FP16", "matmul_cast<fp16>"},
             phrase{"bf16 (matmult only)", "matmul_cast<bf16>"},
             phrase{"--auto-cast matmult --auto-cast-type bf16", "matmul_cast<bf16>"},
             phrase{"--auto-cast all --auto-cast-type fp16", "auto_cast<fp16>"},
             phrase{"--auto-cast=none fp32", "fp32"},
             phrase{"cast from fp32 to bf16", "auto_cast<bf16>"},
             phrase{"fp32 to bf16", "auto_cast<bf16>"},
             phrase{"matmul_cast < bf16 >", "matmul_cast<bf16>"},
             phrase{"fp32 auto-cast", "auto_cast<bf16>"},
             phrase{"fp32 with matmult", "matmul_cast<bf16>"},
             phrase{"FP16", "fp16"},
             phrase{"bfloat16", "bf16"},
             phrase{"BF16 model", "bf16"},
             phrase{"fp32", "fp32"},
             phrase{"float32 without cast", "fp32"},
         }) {
        CAPTURE(text);
        CHECK(meaning(text) == policy);
    }
}

TEST_CASE("words that mean no precision", "[examples][precisions]") {
    for (const std::string_view text :
         {"", " ", "fp8", "int8", "fp32 bf16", "fp16 auto-cast to bf16", "auto-cast", "matmult",
          "bf16 auto-cast to fp32", "fp32 auto-cast to bf17", "cast<>", "fp32 to bf16 and fp16",
          "fast", "\xff\xfe", "tf32", "bf16 bf16x"}) {
        CAPTURE(text);
        CHECK(meaning(text).empty());
    }
}
