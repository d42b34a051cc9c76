// SPDX-License-Identifier: MIT

/// \file
/// Rounds the F32 tensors of a file to 16 bits ahead of time and reports what that costs.
///
///     precast net.safetensors net_bf16.safetensors --to bf16 --keep 'fc.*' --json report.json

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/safetensors.hpp>
#include <soma/io/save_safetensors.hpp>
#include <soma/numeric/convert.hpp>

#include "damage.hpp"

namespace {

namespace io = soma::io;

/// A name fit for a terminal.
std::string printable(const io::tensor_entry& entry) {
    const std::string text = io::in_quotes(entry.name);
    return text.substr(1, text.size() - 2);
}

/// `*` stands for any characters, `?` for one.
bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) {
        return name.empty();
    }
    if (pattern.front() == '*') {
        pattern.remove_prefix(1);
        while (!matches(pattern, name)) {
            if (name.empty()) {
                return false;
            }
            name.remove_prefix(1);
        }
        return true;
    }
    return !name.empty() && (pattern.front() == '?' || pattern.front() == name.front())
           && matches(pattern.substr(1), name.substr(1));
}

/// Points `entry` at its elements rounded to `To`, which `storage` holds.
template <class To>
damage round_to(io::tensor_entry& entry, io::dtype type, std::vector<std::byte>& storage) {
    constexpr double smallest = soma::smallest_normal(soma::format_of<To>);
    damage result;
    storage.resize(entry.bytes.size() / 2);
    for (std::size_t i = 0; i < io::element_count(entry); ++i) {
        float before;
        std::memcpy(&before, entry.bytes.data() + i * sizeof(float), sizeof(float));
        const To after = soma::convert_to<To>(before);
        std::memcpy(storage.data() + i * sizeof(To), &after, sizeof(To));
        result.add(before, static_cast<float>(after), smallest);
    }
    entry.type = type;
    entry.bytes = storage;
    return result;
}

struct request {
    std::string in;
    std::string out;
    std::string to;
    std::vector<std::string> keep;
    std::string json;
};

bool is_kept(const request& wanted, const io::tensor_entry& entry) {
    return std::any_of(wanted.keep.begin(), wanted.keep.end(),
                       [&](const std::string& pattern) { return matches(pattern, entry.name); });
}

void run(const request& wanted) {
    const io::safetensors file = io::safetensors::open(wanted.in);
    std::vector<io::tensor_entry> entries(file.entries().begin(), file.entries().end());
    int width = 20;
    for (const io::tensor_entry& entry : entries) {
        width = std::max(width, static_cast<int>(std::min<std::size_t>(entry.name.size(), 60)));
    }
    for (const std::string& pattern : wanted.keep) {
        if (std::none_of(entries.begin(), entries.end(), [&](const io::tensor_entry& entry) {
                return matches(pattern, entry.name);
            })) {
            throw std::invalid_argument("--keep " + pattern + ": no tensor has such a name");
        }
    }

    const bool progress = ::isatty(STDERR_FILENO) == 1;
    damage total;
    std::size_t copied = 0;
    nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
    std::vector<std::vector<std::byte>> storage(entries.size());
    std::printf("%-*s %10s %9s %9s %9s %11s %11s %11s\n", width, "tensor", "elements", "overflow",
                "underflow", "subnormal", "max rel", "mean rel", "max abs");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        io::tensor_entry& entry = entries[i];
        if (entry.type != io::dtype::f32 || is_kept(wanted, entry)) {
            std::printf("%-*s copied as %s\n", width, printable(entry).c_str(),
                        std::string(name(entry.type)).c_str());
            ++copied;
            continue;
        }
        if (progress) {
            std::fprintf(stderr, "\r%zu of %zu\r", i + 1, entries.size());
        }
        const damage result = wanted.to == "bf16"
                                  ? round_to<soma::bfloat16>(entry, io::dtype::bf16, storage[i])
                                  : round_to<soma::float16>(entry, io::dtype::f16, storage[i]);
        result.print(printable(entry), width);
        total.add(result);
        tensors.push_back({{"name", entry.name}, {"shape", entry.shape}});
        tensors.back().update(result.json());
    }
    total.print("total", width);
    std::printf("%zu tensors to %s, %zu copied\n", entries.size() - copied, wanted.to.c_str(),
                copied);

    io::save_safetensors(wanted.out, entries, file.metadata());
    if (!wanted.json.empty()) {
        const nlohmann::ordered_json report{{"input", wanted.in},    {"output", wanted.out},
                                            {"to", wanted.to},       {"copied", copied},
                                            {"total", total.json()}, {"tensors", tensors}};
        io::replacing_file json(wanted.json);
        json.write(report.dump(2) + "\n");
        json.commit();
    }
}

}  // namespace

int main(int argc, char** argv) {
    request wanted;
    CLI::App app("Rounds the F32 tensors of a safetensors file to 16 bits and reports the errors.",
                 "precast");
    app.add_option("IN", wanted.in, "file to read")->required();
    app.add_option("OUT", wanted.out, "file to write")->required();
    app.add_option("--to", wanted.to, "format of the result: bf16 or fp16")
        ->required()
        ->check(CLI::IsMember({"bf16", "fp16"}));
    app.add_option("--keep", wanted.keep, "tensors to copy as they are; * and ? match; repeatable")
        ->allow_extra_args(false);
    app.add_option("--json", wanted.json, "file for the same report as JSON");
    if (argc == 1) {
        std::fputs(app.help().c_str(), stdout);
        return 0;
    }
    try {
        app.parse(argc, argv);
        run(wanted);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "precast: %s\n", error.what());
        return 2;
    }
    return 0;
}
