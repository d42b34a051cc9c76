// SPDX-License-Identifier: MIT
//
// A device under twice the load that it can carry, by clients that cancel, come late, throw and
// send what makes a NaN, while models are loaded and unloaded. Every request must be accounted for
// exactly once on either side, every result must be the one that it would have alone, memory must
// stay flat and nobody may hang. Ends with 1 if anything was not so, with 2 for wrong arguments.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <CLI/CLI.hpp>

#include <soma/perf/table.hpp>
#include <soma/runtime/device/device.hpp>
#include <soma/runtime/threads/cores.hpp>

#include "client.hpp"

namespace {

using namespace soak;
using namespace std::chrono_literals;
using clock_type = soma::serving_clock;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(thread_sanitizer) || __has_feature(address_sanitizer);
#else
constexpr bool sanitized = false;
#endif

struct options {
    double minutes = 1.0;
    int clients = 4;
    unsigned seed = 1;
    fault injected = fault::none;
};

/// Bytes of this process that are in memory now; what its allocator keeps for later is given back
/// first.
std::int64_t resident_bytes() {
#if defined(__GLIBC__)
    static_cast<void>(::malloc_trim(0));
#endif
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (std::int64_t kib = 0; word == "VmRSS:" && status >> kib) {
            return kib * 1024;
        }
    }
    return 0;
}

std::string mib(std::int64_t bytes) {
    return soma::perf::fixed(static_cast<double>(bytes) / 1048576.0, 1).append(" MiB");
}

class soak_run {
public:
    explicit soak_run(options chosen)
        : chosen_(chosen),
          host_(soma::device_layout::of_host("")),
          dog_(sanitized ? 120s : 20s,
               [this](const std::vector<std::string>& lines) { give_up(lines); }),
          own_(dog_.watch_over("main")) {
        state_.injected = chosen.injected;
    }

    int run() {
        for (const kind& k : kinds_) {
            own_->at("loads");
            state_.targets.push_back(std::make_shared<target>(k, k.load(host_, k.name)));
        }
        resident_bound_ = bound();
        std::vector<std::jthread> threads;
        std::vector<std::unique_ptr<client>> clients;
        for (int i = 0; i < chosen_.clients; ++i) {
            const std::string who = "client " + std::to_string(i);
            clients.push_back(std::make_unique<client>(
                state_, dog_.watch_over(who), chosen_.seed * 1000 + static_cast<unsigned>(i)));
            threads.emplace_back([one = clients.back().get()] { one->work(); });
        }
        threads.emplace_back([this, heart = dog_.watch_over("loader")] { change_models(*heart); });

        steer();
        state_.stop = true;
        own_->at("waits for its threads");
        threads.clear();
        clients.clear();
        unload_all();
        return report();
    }

private:
    /// What the process may grow by between two pauses: nothing is loaded but what was loaded at
    /// the first one and no request is left, so all that may differ is what the allocator cannot
    /// give back. Each of its heaps, of which glibc makes up to 8 for a core, may keep some pages
    /// that are partly used; and stacks of threads that ended are kept, up to 40 MiB of address
    /// space, of which each has touched some pages.
    [[nodiscard]] std::int64_t bound() const {
        const std::int64_t page = 4096;
        const std::int64_t heaps = 8 * soma::available_cores();
        const std::int64_t stacks = (40 << 20) / (8 << 20);
        return heaps * 32 * page + stacks * 16 * page;
    }

    /// Sets the pace until time is up, and lets everybody pause for a look at memory.
    void steer() {
        const auto start = clock_type::now();
        const std::chrono::duration<double> length(chosen_.minutes * 60);
        const auto warm = std::max(length / 10, std::chrono::duration<double>(6));
        auto next_pause = start + warm;
        auto next_line = start + 5s;
        std::uint64_t answered = 0;
        auto last = start;
        while (clock_type::now() - start < length) {
            own_->at("steers");
            std::this_thread::sleep_for(250ms);
            const auto now = clock_type::now();
            const std::uint64_t total = state_.answered_samples;
            const double served = static_cast<double>(total - answered)
                                  / std::chrono::duration<double>(now - last).count();
            answered = total;
            last = now;
            served_ = served_ == 0.0 ? served : 0.5 * served_ + 0.5 * served;
            state_.samples_per_s = 2.0 * std::max(served_, 2000.0) / chosen_.clients;
            if (state_.injected != fault::none && now - start > warm && !injected_) {
                injected_ = true;
                state_.injections = 1;
            }
            if (now >= next_pause) {
                look_at_memory();
                next_pause += std::chrono::duration_cast<clock_type::duration>(
                    (length - warm) / looks_after_warm_up);
                last = clock_type::now();
                answered = state_.answered_samples;
            }
            if (now >= next_line) {
                print_line(now - start);
                next_line += 5s;
            }
        }
        look_at_memory();
    }

    void look_at_memory() {
        state_.pause = true;
        while (state_.paused < chosen_.clients + 1) {
            own_->at("waits for a pause");
            std::this_thread::sleep_for(5ms);
        }
        resident_.push_back(resident_bytes());
        if (resident_.size() == 1) {  // offers of the warm-up would blur the ratio
            offered_before_ = state_.offered_samples;
            answered_before_ = state_.answered_samples;
        }
        state_.pause = false;
        while (state_.paused > 0) {
            own_->at("waits for the end of a pause");
            std::this_thread::sleep_for(5ms);
        }
    }

    /// Loads and unloads models beside those that stay.
    void change_models(pulse& heart) {
        std::mt19937 random(chosen_.seed);
        std::vector<std::shared_ptr<target>> guests;
        const auto unload = [&](std::size_t which) {
            heart.at("unloads a model");
            const std::shared_ptr<target> gone = guests[which];
            guests.erase(guests.begin() + static_cast<std::ptrdiff_t>(which));
            gone->leaving = true;
            {
                const std::lock_guard lock(state_.mutex);
                std::erase(state_.targets, gone);
            }
            const auto mode = random() % 2 == 0 ? soma::stop_mode::drain : soma::stop_mode::cancel;
            if (random() % 3 == 0) {  // twice at the same time, in different ways
                const std::jthread other([gone] { gone->model.unload(soma::stop_mode::cancel); });
                gone->model.unload(mode);
            } else if (random() % 2 == 0) {
                gone->model.unload(mode);
            } else {
                host_.unload(gone->model.name(), mode);
            }
            leaving_.push_back(gone);
        };
        while (!state_.stop) {
            settle_leaving(false);
            if (state_.pause) {
                while (!guests.empty()) {
                    unload(0);
                }
                while (!leaving_.empty() && !state_.stop) {  // clients let go of them now
                    heart.at("waits for clients to let go of models");
                    settle_leaving(false);
                    std::this_thread::sleep_for(1ms);
                }
                ++state_.paused;
                while (state_.pause && !state_.stop) {
                    heart.at("pauses");
                    std::this_thread::sleep_for(5ms);
                }
                --state_.paused;
            }
            constexpr std::size_t most_guests = 3;
            if (guests.size() < most_guests && random() % 2 == 0) {
                heart.at("loads a model");
                const kind& k = kinds_[random() % kinds_.size()];
                auto fresh = std::make_shared<target>(
                    k, k.load(host_, "guest-" + std::to_string(++loads_) + " " + k.name));
                guests.push_back(fresh);
                const std::lock_guard lock(state_.mutex);
                state_.targets.push_back(std::move(fresh));
            } else if (!guests.empty()) {
                unload(random() % guests.size());
                if (state_.injected == fault::leak && state_.injections > 0) {
                    leaked_.emplace_back(256 * 1024, 'x');
                }
            }
            heart.at("sleeps");
            std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 40));
        }
        while (!guests.empty()) {
            unload(0);
        }
        heart.leave();
    }

    /// Closes the accounts of models that nobody can use any more.
    void settle_leaving(bool all) {
        std::erase_if(leaving_, [&](const std::shared_ptr<target>& gone) {
            if (!all && gone.use_count() > 1) {
                return false;
            }
            const soma::request_counts server = gone->model.status().serving.requests;
            const soma::request_counts client = gone->account.counts();
            if (const std::string text = difference(client, server); !text.empty()) {
                state_.violation(gone->model.name() + ": " + text);
            }
            totals& sum = totals_[gone->of->name];
            add(sum.client, client);
            add(sum.server, server);
            ++sum.models;
            return true;
        });
    }

    void unload_all() {
        own_->at("unloads what stayed");
        for (const auto& t : state_.targets) {
            t->leaving = true;
            t->model.unload(soma::stop_mode::drain);
            leaving_.push_back(t);
        }
        state_.targets.clear();
        settle_leaving(true);
    }

    [[nodiscard]] double overload() const {
        const auto answered = static_cast<double>(state_.answered_samples - answered_before_);
        return static_cast<double>(state_.offered_samples - offered_before_)
               / std::max(answered, 1.0);
    }

    void print_line(std::chrono::nanoseconds elapsed) {
        const soma::device_status now = host_.status();
        std::printf(
            "%5.0f s  %7.0f samples/s answered, %.2f times that offered, %d models came, "
            "%zu loaded, %llu context switches, %llu violations\n",
            std::chrono::duration<double>(elapsed).count(), served_, overload(), loads_.load(),
            now.models.size(), static_cast<unsigned long long>(now.groups[0].context_switches),
            static_cast<unsigned long long>(state_.violations.load()));
        std::fflush(stdout);
    }

    int report() {
        soma::perf::table table({"model", "loaded", "side", "submitted", "done", "refused",
                                 "cancelled", "expired", "failed", "sum"});
        totals all;
        const auto add_rows = [&](const std::string& name, const totals& t) {
            for (const bool client : {true, false}) {
                const soma::request_counts& c = client ? t.client : t.server;
                table.add({client ? name : "", t.models, client ? "clients" : "server", c.submitted,
                           c.done, c.refused, c.cancelled, c.expired, c.failed, c.ended()});
            }
        };
        for (const auto& [name, t] : totals_) {
            add_rows(name, t);
            add(all.client, t.client);
            add(all.server, t.server);
            all.models += t.models;
        }
        add_rows("all", all);
        std::cout << '\n';
        table.print(std::cout);
        for (const auto& [end, what] : ends) {
            if (count(all.server, end) == 0) {
                state_.violation(std::string("no request was ").append(what)
                                 + ": too short a time, or the load is not what it should be");
            }
        }
        std::cout << "\noffered     " << soma::perf::fixed(overload(), 2)
                  << " times the samples that were answered\nresident   ";
        for (const std::int64_t bytes : resident_) {
            std::cout << ' ' << mib(bytes);
        }
        const std::int64_t growth = resident_.back() - resident_.front();
        std::cout << "; growth " << mib(growth) << ", allowed " << mib(resident_bound_);
        if (sanitized) {
            std::cout << " (not looked at: a sanitizer's memory grows)\n";
        } else {
            std::cout << ":\n            a leak of " << resident_bound_ / std::max(loads_.load(), 1)
                      << " bytes for each load or "
                      << soma::perf::fixed(static_cast<double>(resident_bound_)
                                               / static_cast<double>(std::max<std::uint64_t>(
                                                   all.client.submitted, 1)),
                                           3)
                      << " for each request would have shown\n";
            if (growth > resident_bound_) {
                state_.violation("memory grew by " + mib(growth) + " since the warm-up, expected "
                                 "at most " + mib(resident_bound_));
            }
        }
        std::cout << (state_.violations == 0 ? "soak passed\n" : "soak FAILED\n") << std::flush;
        return state_.violations == 0 ? 0 : 1;
    }

    [[noreturn]] void give_up(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            std::fprintf(stderr, "VIOLATION: hangs: %s\n", line.c_str());
        }
        std::fputs("soak FAILED\n", stderr);
        std::_Exit(1);  // threads that hang cannot be joined
    }

    struct totals {
        soma::request_counts client{};
        soma::request_counts server{};
        int models = 0;
    };
    static constexpr int looks_after_warm_up = 5;

    options chosen_;
    const std::vector<kind> kinds_ = make_kinds();
    soma::device host_;
    shared_state state_;
    std::vector<std::shared_ptr<target>> leaving_;  ///< of the loader, and at the end of `main`
    std::map<std::string, totals> totals_;          ///< the same
    std::atomic<int> loads_{0};
    std::vector<std::string> leaked_;
    std::vector<std::int64_t> resident_;
    std::int64_t resident_bound_ = 0;
    double served_ = 0.0;
    std::uint64_t offered_before_ = 0, answered_before_ = 0;
    bool injected_ = false;
    watchdog dog_;
    std::shared_ptr<pulse> own_;
};

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app{
        "A device under twice the load it can carry, with cancellations, late and poisoned "
        "requests, throwing callbacks, NaN, and models that come and go. Ends with 1 if a request "
        "was not accounted for exactly once, a result was wrong, memory grew or a thread hung."};
    app.add_option("--minutes", chosen.minutes, "how long; the long form takes 30")
        ->check(CLI::Range(0.1, 10000.0))
        ->capture_default_str();
    app.add_option("--clients", chosen.clients, "threads of requests")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--seed", chosen.seed, "of all that is random")->capture_default_str();
    const std::map<std::string, fault> faults{{"lost", fault::lost},
                                              {"twice", fault::twice},
                                              {"wrong", fault::wrong},
                                              {"leak", fault::leak},
                                              {"hang", fault::hang}};
    app.add_option("--inject", chosen.injected,
                   "make one fault on purpose, which must be found: lost, twice, wrong, leak, hang")
        ->transform(CLI::CheckedTransformer(faults));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return soak_run(chosen).run();
    } catch (const std::exception& error) {
        std::cerr << "soak: " << error.what() << '\n';
        return 2;
    }
}
