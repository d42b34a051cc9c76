// SPDX-License-Identifier: MIT

#include "support/precisions.hpp"

#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <soma/policy/precision.hpp>

namespace examples {

namespace {

template <class Precision>
constexpr precision_choice choice_of{Precision::name, soma::formats_of<Precision>};

constexpr std::array all_precisions{
    choice_of<soma::fp32>,
    choice_of<soma::fp16>,
    choice_of<soma::bf16>,
    choice_of<soma::matmul_cast<soma::fp16>>,
    choice_of<soma::matmul_cast<soma::bf16>>,
    choice_of<soma::auto_cast<soma::fp16>>,
    choice_of<soma::auto_cast<soma::bf16>>,
};

/// What one word of a precision says.
enum class word : std::uint8_t { fp32, fp16, bf16, cast, matmul, nothing, towards, filler };

struct known_word {
    std::string_view text;
    word meaning;
};
constexpr known_word words[] = {
    {"fp32", word::fp32},         {"float32", word::fp32},      {"f32", word::fp32},
    {"single", word::fp32},       {"float", word::fp32},        {"fp16", word::fp16},
    {"float16", word::fp16},      {"f16", word::fp16},          {"half", word::fp16},
    {"bf16", word::bf16},         {"bfloat16", word::bf16},     {"cast", word::cast},
    {"casting", word::cast},      {"casts", word::cast},        {"casted", word::cast},
    {"autocast", word::cast},     {"all", word::cast},          {"matmul", word::matmul},
    {"matmult", word::matmul},    {"matmuls", word::matmul},    {"matmults", word::matmul},
    {"matmulcast", word::matmul}, {"no", word::nothing},        {"none", word::nothing},
    {"without", word::nothing},   {"to", word::towards},        {"in", word::towards},
    {"into", word::towards},      {"as", word::towards},        {"type", word::towards},
    {"auto", word::filler},       {"with", word::filler},       {"from", word::filler},
    {"model", word::filler},      {"precision", word::filler},  {"operands", word::filler},
    {"and", word::filler},        {"only", word::filler},       {"the", word::filler},
    {"operators", word::filler},  {"operations", word::filler}, {"ops", word::filler},
    {"everything", word::filler},
};

std::optional<word> meaning_of(std::string_view text) {
    for (const known_word& known : words) {
        if (known.text == text) {
            return known.meaning;
        }
    }
    return std::nullopt;
}

/// What all words together say: which formats occur, and what is cast.
class phrase {
public:
    /// False where the phrase can mean nothing any more.
    [[nodiscard]] bool add(word next) {
        const bool aimed = last_ == word::towards;
        last_ = next;
        switch (next) {
            case word::fp32: from_fp32_ = true; return !aimed;  // nothing is cast to fp32
            case word::fp16: return aim("fp16", aimed);
            case word::bf16: return aim("bf16", aimed);
            case word::cast: cast_ = true; return true;
            case word::matmul: matmul_ = true; return true;
            case word::nothing: nothing_ = true; return true;
            default: return true;
        }
    }

    /// The policy's name; empty where there is none.
    [[nodiscard]] std::string policy() const {
        const bool casts = cast_ || matmul_ || (from_fp32_ && aimed_);
        if (nothing_ || !casts) {
            // One format, and nothing about a cast.
            return target_.empty() ? (from_fp32_ ? "fp32" : "")
                                   : (from_fp32_ ? "" : std::string(target_));
        }
        // Neuron's compilers cast to bf16 where they are told no type.
        const std::string_view target = target_.empty() && from_fp32_ ? "bf16" : target_;
        if (target.empty()) {
            return "";
        }
        return std::string(matmul_ ? "matmul_cast<" : "auto_cast<").append(target).append(">");
    }

private:
    [[nodiscard]] bool aim(std::string_view target, bool aimed) {
        const bool other = !target_.empty() && target_ != target;
        target_ = target;
        aimed_ = aimed_ || aimed;
        return !other;
    }

    bool from_fp32_ = false, cast_ = false, matmul_ = false, nothing_ = false, aimed_ = false;
    std::string_view target_;
    word last_ = word::filler;
};

}  // namespace

std::span<const precision_choice> precisions() {
    return all_precisions;
}

const precision_choice* find_precision(std::string_view text) {
    phrase said;
    for (std::size_t i = 0; i < text.size();) {
        // Words are letters and digits; whatever else there is separates them.
        std::string next;
        for (; i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0; ++i) {
            next += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
        }
        if (next.empty()) {
            ++i;
            continue;
        }
        const std::optional<word> meaning = meaning_of(next);
        if (!meaning || !said.add(*meaning)) {
            return nullptr;
        }
    }
    const std::string policy = said.policy();
    for (const precision_choice& choice : all_precisions) {
        if (choice.name == policy) {
            return &choice;
        }
    }
    return nullptr;
}

std::string expected_precision() {
    std::string text = "expected one of ";
    for (const precision_choice& choice : all_precisions) {
        text.append(choice.name).append(", ");
    }
    return text.append(
        "or words such as \"fp32 auto-cast to bf16\" or \"fp32 with matmult in bf16\"");
}

}  // namespace examples
