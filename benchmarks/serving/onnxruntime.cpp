// SPDX-License-Identifier: MIT
#include "onnxruntime.hpp"

#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace bench {

namespace {

/// ONNX Runtime's objects, of which only pointers are known here.
struct ort_status;
struct ort_environment;
struct ort_options;
struct ort_session;
struct ort_memory;
struct ort_value;

/// What `OrtGetApiBase` returns.
struct ort_base {
    const void* (*table)(std::uint32_t version);
    const char* (*version)();
};

/// The table of version 11, which every later version begins with.
constexpr std::uint32_t table_version = 11;

/// Places in the table, whose order never changes.
enum place : std::size_t {
    get_error_message = 2,
    create_environment = 3,
    create_session = 7,
    run = 9,
    create_options = 10,
    set_optimisation = 23,
    set_threads_of_operators = 24,
    set_threads_of_graph = 25,
    create_tensor = 49,
    create_cpu_memory = 69,
    release_environment = 92,
    release_status = 93,
    release_memory = 94,
    release_session = 95,
    release_value = 96,
    release_options = 100,
    add_entry = 130,
};

constexpr int level_warning = 2;
constexpr int all_optimisations = 99;
constexpr int element_float = 1;
constexpr int arena_allocator = 1;
constexpr int default_memory = 0;

class ort_table {
public:
    explicit ort_table(const void* functions) : functions_(static_cast<void* const*>(functions)) {}

    template <class... Args>
    void release(place which, Args... args) const noexcept {
        reinterpret_cast<void (*)(Args...)>(functions_[which])(args...);
    }

    /// \throws std::runtime_error with the library's own words
    template <class... Args>
    void call(place which, Args... args) const {
        ort_status* const status =
            reinterpret_cast<ort_status* (*)(Args...)>(functions_[which])(args...);
        if (status != nullptr) {
            std::string text = reinterpret_cast<const char* (*)(const ort_status*)>(
                functions_[get_error_message])(status);
            release(release_status, status);
            throw std::runtime_error("ONNX Runtime: " + text);
        }
    }

private:
    void* const* functions_;
};

}  // namespace

struct onnxruntime::environment {
    ort_table table;
    ort_environment* env = nullptr;
    ort_memory* memory = nullptr;

    explicit environment(const void* functions) : table(functions) {
        table.call(create_environment, level_warning, static_cast<const char*>("soma"), &env);
        table.call(create_cpu_memory, arena_allocator, default_memory, &memory);
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    ~environment() {
        table.release(release_memory, memory);
        table.release(release_environment, env);
    }
};

namespace {

/// One session with the extents of its tensors.
template <class Environment>
class onnx_session {
public:
    onnx_session(std::shared_ptr<Environment> where,
                 const std::string& model,
                 std::vector<std::int64_t> sample,
                 std::int64_t outputs,
                 int threads)
        : where_(std::move(where)), sample_(std::move(sample)), outputs_(outputs) {
        const ort_table& table = where_->table;
        ort_options* options = nullptr;
        table.call(create_options, &options);
        try {
            table.call(set_optimisation, options, all_optimisations);
            table.call(set_threads_of_operators, options, threads);
            table.call(set_threads_of_graph, options, 1);
            // Threads may spin during a run, but not into somebody else's turn.
            table.call(add_entry, options, static_cast<const char*>("session.force_spinning_stop"),
                       static_cast<const char*>("1"));
            table.call(add_entry, options, static_cast<const char*>("session.set_denormal_as_zero"),
                       static_cast<const char*>("1"));
            table.call(create_session, static_cast<const ort_environment*>(where_->env),
                       model.c_str(), static_cast<const ort_options*>(options), &session_);
        } catch (...) {
            table.release(release_options, options);
            throw;
        }
        table.release(release_options, options);
    }
    onnx_session(const onnx_session&) = delete;
    onnx_session& operator=(const onnx_session&) = delete;
    ~onnx_session() { where_->table.release(release_session, session_); }

    void operator()(const float* in, float* out, std::size_t samples) const {
        std::vector<std::int64_t> extents = {static_cast<std::int64_t>(samples)};
        extents.insert(extents.end(), sample_.begin(), sample_.end());
        const tensor image(*where_, const_cast<float*>(in), extents);  // it only reads it
        extents = {static_cast<std::int64_t>(samples), outputs_};
        tensor logits(*where_, out, extents);

        const char* const input = "image";
        const char* const output = "logits";
        const ort_value* const from = image.value;
        where_->table.call(run, session_, static_cast<const void*>(nullptr), &input, &from,
                           std::size_t{1}, &output, std::size_t{1}, &logits.value);
    }

private:
    /// The library's view of memory of ours.
    struct tensor {
        tensor(const Environment& at, float* data, const std::vector<std::int64_t>& extents)
            : table(at.table) {
            std::size_t bytes = sizeof(float);
            for (const std::int64_t extent : extents) {
                bytes *= static_cast<std::size_t>(extent);
            }
            table.call(create_tensor, static_cast<const ort_memory*>(at.memory),
                       static_cast<void*>(data), bytes, extents.data(), extents.size(),
                       element_float, &value);
        }
        tensor(const tensor&) = delete;
        tensor& operator=(const tensor&) = delete;
        ~tensor() { table.release(release_value, value); }

        const ort_table& table;
        ort_value* value = nullptr;
    };

    std::shared_ptr<Environment> where_;
    std::vector<std::int64_t> sample_;
    std::int64_t outputs_;
    ort_session* session_ = nullptr;
};

}  // namespace

onnxruntime::onnxruntime(const std::string& library) {
    void* const handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const entry = handle == nullptr ? nullptr : ::dlsym(handle, "OrtGetApiBase");
    if (entry == nullptr) {
        const char* const why = ::dlerror();
        throw std::runtime_error(library + ": not a library of ONNX Runtime: "
                                 + (why == nullptr ? "it has no OrtGetApiBase" : why));
    }
    const ort_base* const base = reinterpret_cast<const ort_base* (*)()>(entry)();
    version_ = base->version();
    const void* const functions = base->table(table_version);
    if (functions == nullptr) {
        throw std::runtime_error(library + ": ONNX Runtime " + version_ + " does not have version "
                                 + std::to_string(table_version) + " of its C interface");
    }
    environment_ = std::make_shared<environment>(functions);
}

soma::run_batch onnxruntime::session(const std::string& model,
                                     const std::vector<std::int64_t>& sample,
                                     std::int64_t outputs,
                                     int threads) const {
    auto session = std::make_shared<const onnx_session<environment>>(environment_, model, sample,
                                                                     outputs, threads);
    return [session](const float* in, float* out, std::size_t samples) {
        try {
            (*session)(in, out, samples);
        } catch (const std::exception& fault) {
            // On a worker's thread, which must not throw; the figures would mean nothing.
            std::fprintf(stderr, "error: %s\n", fault.what());
            std::abort();
        }
    };
}

}  // namespace bench
