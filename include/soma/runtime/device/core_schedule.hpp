// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Whose turn it is on cores that several models share: start-time fair queueing.
///
/// Every model has a virtual time: how long its batches have held cores, times the share of the
/// group's cores that they held, over the model's weight. The model that is furthest behind is
/// next (Goyal, Vin and Cheng, "Start-time Fair Queuing", SIGCOMM 1996). Two things are added:
///
/// - Quantum. A model that holds cores, or was the last to hold them, goes on there until it is a
///   quantum ahead of those that wait, so that cores change models rarely.
/// - Gathering. A model whose turn it is and that needs more cores than are free gets those that
///   are free kept for it, and whoever is not behind it gives cores back after the present batch.
///
/// A model that had nothing to do starts where the others are: it saves up no time. So the times of
/// two models that always have work, over their weights, differ by a quantum and a batch of each at
/// most.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <soma/runtime/device/device_status.hpp>
#include <soma/runtime/serving/request.hpp>

namespace soma {

/// A model's place in the schedule of a group.
struct sharing_model {
    int cores = 1;      ///< that one of its batches holds
    double weight = 1;  ///< its share of the time, beside those of the others

    // The schedule's.
    double virtual_ns = 0;
    int tickets = 0;  ///< that wait or hold cores
};

/// One claim to the cores for a batch, or for several in a row.
struct core_ticket {
    sharing_model& model;

    // The schedule's.
    bool granted = false;  ///< it holds cores
    core_ticket* next = nullptr;
    serving_clock::time_point charged_until{};
};

/// Has no thread, no lock and no clock of its own. Allocates where models join and nowhere else.
class core_schedule {
public:
    using time_point = serving_clock::time_point;

    core_schedule(int cores, std::chrono::nanoseconds quantum)
        : cores_(static_cast<std::size_t>(cores)), quantum_ns_(in_ns(quantum)) {}
    core_schedule(const core_schedule&) = delete;
    core_schedule& operator=(const core_schedule&) = delete;

    [[nodiscard]] int cores() const noexcept { return static_cast<int>(cores_.size()); }

    /// \pre `model` needs no more cores than there are, and lives until it leaves
    void join(sharing_model& model) { models_.push_back(&model); }

    /// \pre `model` has no ticket
    void leave(sharing_model& model) noexcept {
        std::erase(models_, &model);
        for (core& c : cores_) {
            c.last = c.last == &model ? &gone_ : c.last;
        }
    }

    /// Queues a ticket for its model's number of cores; `grant` says when it has them.
    void ask(core_ticket& ticket) noexcept {
        sharing_model& model = ticket.model;
        if (model.tickets++ == 0) {
            model.virtual_ns = std::max(model.virtual_ns, least_active(model));
        }
        ticket.granted = false;
        ticket.next = nullptr;
        core_ticket** end = &waiting_;
        while (*end != nullptr) {
            end = &(*end)->next;
        }
        *end = &ticket;
    }

    /// Gives cores to the ticket that should have them now; null if there is none. To be called
    /// until it is null, whenever a ticket has asked or given back.
    core_ticket* grant(time_point now) noexcept {
        const core_ticket* const behind = furthest_behind(nullptr);
        if (behind == nullptr) {
            gathering_ = false;
            return nullptr;
        }
        const auto free = static_cast<int>(
            std::count_if(cores_.begin(), cores_.end(), [](const core& c) { return !c.holder; }));
        const core_ticket* next = gathering_ ? nullptr : one_that_stays(behind->model, free);
        if (next == nullptr && behind->model.cores <= free) {
            next = behind;
        }
        if (next == nullptr) {
            gathering_ = gathering_ || free > 0;
            return nullptr;
        }
        gathering_ = gathering_ && next != behind;
        core_ticket& ticket = take_out(next);
        ticket.granted = true;
        ticket.charged_until = now;
        int left = give(ticket, ticket.model.cores,
                        [&](const core& c) { return c.last == &ticket.model; });
        left = give(ticket, left, [](const core& c) { return c.last == nullptr; });
        give(ticket, left, [](const core&) { return true; });
        return &ticket;
    }

    /// Takes note that a batch has run on the ticket's cores; true if its model may run another one
    /// on them, false if it is somebody else's turn.
    [[nodiscard]] bool goes_on(core_ticket& ticket, time_point now) noexcept {
        charge(ticket, now);
        for (core& c : cores_) {
            if (c.holder == &ticket) {
                switches_ += c.last != nullptr && c.last != &ticket.model ? 1U : 0U;
                c.last = &ticket.model;
            }
        }
        const core_ticket* const behind = furthest_behind(&ticket.model);
        if (behind == nullptr) {
            return true;
        }
        const double ahead = ticket.model.virtual_ns - behind->model.virtual_ns;
        return gathering_ ? ahead < 0 : ahead <= quantum_ns_;
    }

    /// Writes down the cores that the ticket holds, in ascending order. \pre `to` has room for them
    void cores_of(const core_ticket& ticket, std::span<int> to) const noexcept {
        std::size_t held = 0;
        for (std::size_t c = 0; c < cores_.size(); ++c) {
            if (cores_[c].holder == &ticket) {
                to[held++] = static_cast<int>(c);
            }
        }
    }

    /// Frees the ticket's cores. \pre it holds some
    void give_back(core_ticket& ticket, time_point now) noexcept {
        charge(ticket, now);
        for (core& c : cores_) {
            c.holder = c.holder == &ticket ? nullptr : c.holder;
        }
        ticket.granted = false;
        if (--ticket.model.tickets == 0) {
            idle_ns_ = std::max(idle_ns_, ticket.model.virtual_ns);
        }
    }

    /// Cores, as numbered within the group, and context switches so far.
    [[nodiscard]] group_status status(time_point now) const {
        group_status all;
        all.context_switches = switches_;
        all.cores.reserve(cores_.size());
        for (const core& c : cores_) {
            all.cores.push_back(
                {c.busy + (c.holder ? now - c.holder->charged_until : std::chrono::nanoseconds{})});
        }
        return all;
    }

private:
    struct core {
        const core_ticket* holder = nullptr;
        const sharing_model* last = nullptr;  ///< of the last batch here; null before the first
        std::chrono::nanoseconds busy{};
    };

    [[nodiscard]] static double in_ns(std::chrono::nanoseconds time) noexcept {
        return static_cast<double>(time.count());
    }

    /// Where the models that have something to do are, but for `model`; the latest that an idle
    /// group has seen if there are none.
    [[nodiscard]] double least_active(const sharing_model& model) const noexcept {
        bool found = false;
        double least = idle_ns_;
        for (const sharing_model* other : models_) {
            if (other != &model && other->tickets > 0) {
                least = found ? std::min(least, other->virtual_ns) : other->virtual_ns;
                found = true;
            }
        }
        return least;
    }

    /// The oldest waiting ticket of the model with the least virtual time, `but` not counted.
    [[nodiscard]] const core_ticket* furthest_behind(const sharing_model* but) const noexcept {
        const core_ticket* least = nullptr;
        for (const core_ticket* t = waiting_; t != nullptr; t = t->next) {
            if (&t->model != but
                && (least == nullptr || t->model.virtual_ns < least->model.virtual_ns)) {
                least = t;
            }
        }
        return least;
    }

    /// A waiting ticket whose model ran last on enough of the `free` cores, and is no more than a
    /// quantum ahead of `behind`.
    [[nodiscard]] const core_ticket* one_that_stays(const sharing_model& behind,
                                                    int free) const noexcept {
        const core_ticket* best = nullptr;
        for (const core_ticket* t = waiting_; t != nullptr; t = t->next) {
            const sharing_model& model = t->model;
            if (model.cores > free || model.virtual_ns > behind.virtual_ns + quantum_ns_
                || (best != nullptr && best->model.virtual_ns <= model.virtual_ns)) {
                continue;
            }
            const auto own = std::count_if(cores_.begin(), cores_.end(), [&](const core& c) {
                return c.holder == nullptr && c.last == &model;
            });
            best = own >= model.cores ? t : best;
        }
        return best;
    }

    core_ticket& take_out(const core_ticket* ticket) noexcept {
        core_ticket** at = &waiting_;
        while (*at != ticket) {
            at = &(*at)->next;
        }
        core_ticket& taken = **at;
        *at = std::exchange(taken.next, nullptr);
        return taken;
    }

    /// Gives `ticket` up to `wanted` free cores that are `right`; how many it still needs.
    template <class Predicate>
    int give(const core_ticket& ticket, int wanted, Predicate right) noexcept {
        for (core& c : cores_) {
            if (wanted > 0 && c.holder == nullptr && right(c)) {
                c.holder = &ticket;
                --wanted;
            }
        }
        return wanted;
    }

    /// Brings the accounts up to `now`.
    void charge(core_ticket& ticket, time_point now) noexcept {
        const std::chrono::nanoseconds held = now - ticket.charged_until;
        ticket.charged_until = now;
        for (core& c : cores_) {
            c.busy += c.holder == &ticket ? held : std::chrono::nanoseconds{};
        }
        sharing_model& model = ticket.model;
        model.virtual_ns += in_ns(held) * model.cores / cores() / model.weight;
    }

    std::vector<core> cores_;
    std::vector<sharing_model*> models_;
    sharing_model gone_{};            ///< whoever ran on a core and has left
    core_ticket* waiting_ = nullptr;  ///< in the order of asking
    double quantum_ns_;
    double idle_ns_ = 0;
    bool gathering_ = false;  ///< free cores are kept for the model that is furthest behind
    std::uint64_t switches_ = 0;
};

}  // namespace soma
