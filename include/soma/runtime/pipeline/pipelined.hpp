// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The copies of a program whose stages run on threads of their own.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <soma/compile/host_stages.hpp>
#include <soma/compile/node_part.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/runtime/dispatch.hpp>
#include <soma/runtime/pipeline/pipeline_team.hpp>
#include <soma/runtime/weights/pack_weights.hpp>
#include <soma/runtime/weights/tensor_source.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

/// The work of the stages of `Program`, which a `pipeline_team` calls.
///
/// Each stage has an arena of its own, with the offsets of the program's plan; tensors that cross a
/// cut are copied into a slot and out of it, to the same offset. So a stage works in the same
/// memory for every batch, and nobody else touches it.
template <class Program>
class program_stages {
public:
    static constexpr int stages = Program::stage_ranges.count;
    static constexpr auto batch_size = static_cast<std::size_t>(Program::batch_size);

    static_assert(
        [] {
            for (const plan_node& n : Program::nodes) {
                if (is_matmul(n.kind) && n.geometry.batch != Program::batch_size) {
                    return false;
                }
            }
            return Program::steps.size() == 1;
        }(),
        "program_stages: nodes on two sides of a cut must hold the same samples, all of a batch");

    /// `packed` must outlive the stages.
    explicit program_stages(const aligned_buffer& packed) : program_stages(packed, packing{}) {}

    /// The stages pack the parameters of `source` into `unpacked`, each those of its own nodes when
    /// it is prepared: what it reads lies where its core is. `unpacked` must outlive the stages,
    /// `source` their preparation.
    program_stages(const tensor_source& source, aligned_buffer& unpacked)
        : program_stages(unpacked, packing{&source, unpacked.data()}) {}

    /// What the batches that follow belong to.
    void begin(const float* in, float* out, std::size_t samples) noexcept {
        in_ = in;
        out_ = out;
        samples_ = samples;
    }

    /// Bytes of all arenas and slots.
    [[nodiscard]] std::size_t bytes() const noexcept {
        std::size_t total = 0;
        for (const lane& l : lanes_) {
            total += l.arena.size() + l.slots.size();
        }
        return total;
    }

    /// The first copy's stages pack; all touch their own arenas first.
    void prepare(int copy, int stage) {
        if (copy == 0 && packing_.source != nullptr) {
            const host_stage& range = range_of(stage);
            pack_nodes<typename Program::formatted_type, typename Program::isa_type>(
                *packing_.source, range.first, range.last, packing_.to);
        }
        lane& own = lane_of(copy, stage);
        if (own.arena.size() > 0) {
            std::memset(own.arena.data(), 0, own.arena.size());
        }
    }

    void receive(int copy, int stage, int slot) noexcept {
        lane& own = lane_of(copy, stage);
        const std::byte* from = slot_of(own, stage, slot);
        for (const tensor_place& t : own.received) {
            std::memcpy(own.arena.data() + t.offset, from, t.bytes);
            from += t.bytes;
        }
    }

    void compute(int copy, int stage, std::uint64_t batch) noexcept {
        const host_stage& range = range_of(stage);
        std::byte* const arena = lane_of(copy, stage).arena.data();
        const auto first = static_cast<std::size_t>(batch) * batch_size;
        const std::size_t left = samples_ - first;
        const pass_context context{
            .nodes = Program::nodes.data(),
            .arena = arena,
            .scratch = arena + range.arena_bytes,
            .packed = packed_.data(),
            .packed_bytes = packed_.size(),
            .input = in_ + first * Program::model_type::input_shape::size,
            .output = out_ + first * Program::model_type::output_shape::size,
            .batch_size = Program::batch_size,
            .samples = static_cast<int>(left < batch_size ? left : batch_size)};
        for (int i = range.first; i < range.last; ++i) {
            const plan_node& n = Program::nodes[static_cast<std::size_t>(i)];
            node_part all;
            // What follows a stage's last weights is read by another core.
            all.reads_next = i + 1 < range.last;
            kernel_table<Program>[n.kernel](n, context, all);
        }
    }

    void send(int copy, int stage, int slot) noexcept {
        lane& next = lane_of(copy, stage + 1);
        const std::byte* const arena = lane_of(copy, stage).arena.data();
        std::byte* to = slot_of(next, stage + 1, slot);
        for (const tensor_place& t : next.received) {
            std::memcpy(to, arena + t.offset, t.bytes);
            to += t.bytes;
        }
    }

private:
    /// Where a tensor lies in every arena.
    struct tensor_place {
        std::size_t offset = 0, bytes = 0;
    };
    /// A stage of a copy.
    struct alignas(64) lane {
        aligned_buffer arena;
        aligned_buffer slots;                ///< between the stage before and this one
        std::vector<tensor_place> received;  ///< what a slot holds, in this order
    };
    /// Parameters that are not packed yet, and where they go; null where nothing is left to do.
    struct packing {
        const tensor_source* source = nullptr;
        std::byte* to = nullptr;
    };

    program_stages(const aligned_buffer& packed, packing left) : packed_(packed), packing_(left) {
        lanes_.resize(static_cast<std::size_t>(Program::copies * stages));
        for (int copy = 0; copy < Program::copies; ++copy) {
            for (int stage = 0; stage < stages; ++stage) {
                const host_stage& range = range_of(stage);
                lane& own = lane_of(copy, stage);
                // The owner is the first to touch it: memory comes from where the core is.
                own.arena = aligned_buffer(range.arena_bytes + Program::scratch_bytes,
                                           aligned_buffer::unwritten{});
                if (stage > 0) {
                    own.received = tensors_across(range.first);
                    own.slots = aligned_buffer(slots_between_stages * range.received_bytes,
                                               aligned_buffer::unwritten{});
                }
            }
        }
    }

    [[nodiscard]] static std::vector<tensor_place> tensors_across(int cut) {
        std::vector<tensor_place> all;
        for (int i = 0; i < cut; ++i) {
            const plan_node& n = Program::nodes[static_cast<std::size_t>(i)];
            if (passes::crosses(Program::nodes.data(), Program::size, i, cut)) {
                all.push_back({n.arena_offset, n.arena_bytes});
            }
        }
        return all;
    }

    [[nodiscard]] static constexpr const host_stage& range_of(int stage) noexcept {
        return Program::stage_ranges.at[stage];
    }
    [[nodiscard]] lane& lane_of(int copy, int stage) noexcept {
        return lanes_[static_cast<std::size_t>(copy * stages + stage)];
    }
    [[nodiscard]] static std::byte* slot_of(lane& receiver, int stage, int slot) noexcept {
        return receiver.slots.data()
               + static_cast<std::size_t>(slot) * range_of(stage).received_bytes;
    }

    const aligned_buffer& packed_;
    packing packing_;
    std::vector<lane> lanes_;  ///< of copy 0, then of copy 1, ...

    // Of the present run; the team's order of things makes them known to all stages.
    const float* in_ = nullptr;
    float* out_ = nullptr;
    std::size_t samples_ = 0;
};

/// Runs `Program` as a pipeline of `Program::stage_ranges`, `Program::copies` times.
template <class Program>
class pipelined {
public:
    /// `packed` must outlive it.
    explicit pipelined(const aligned_buffer& packed)
        : stages_(packed), team_(stages_, Program::copies, program_stages<Program>::stages) {}

    /// Each stage packs what it reads, see `program_stages`; all of `unpacked` is written when the
    /// constructor returns. Throws what a stage throws meanwhile, with no thread left.
    pipelined(const tensor_source& source, aligned_buffer& unpacked)
        : stages_(source, unpacked),
          team_(stages_, Program::copies, program_stages<Program>::stages) {}

    /// Runs `samples` samples, as many batches at once as there is room for.
    ///
    /// \pre no other thread is in `run`.
    void run(const float* in, float* out, std::size_t samples) noexcept {
        constexpr std::size_t batch_size = program_stages<Program>::batch_size;
        stages_.begin(in, out, samples);
        team_.run((samples + batch_size - 1) / batch_size);
    }

    /// Bytes of all arenas and slots.
    [[nodiscard]] std::size_t bytes() const noexcept { return stages_.bytes(); }

private:
    program_stages<Program> stages_;
    pipeline_team<program_stages<Program>> team_;
};

}  // namespace soma
