// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/runtime/device/device.hpp>

#include "support/catch.hpp"
#include "support/environment.hpp"
#include "support/message_of.hpp"
#include "support/runs.hpp"
#include "support/served.hpp"
#include "support/small_net.hpp"
#include "support/timelines.hpp"

using namespace soma;
using namespace soma::test;

static_assert(!std::is_copy_constructible_v<device> && !std::is_move_constructible_v<device>);

namespace {

/// What a snapshot says is loaded.
std::vector<std::string> names(const device& of) {
    std::vector<std::string> all;
    for (const model_status& model : of.status().models) {
        all.push_back(model.name);
    }
    return all;
}

}  // namespace

TEST_CASE("models of several schedules serve on one device", "[runtime][device]") {
    using one = program<small_net, bf16>;
    using four = program<small_net, bf16, batch<4>>;
    using twins = program<small_net, bf16, schedule<batch<2>, replicate<2>>>;
    const weights<small_net> trained(random_parameters<small_net>(17));
    const auto in = inputs<small_net>(40);
    const auto want = results<one>(in);
    constexpr std::size_t takes = small_net::input_shape::size;
    constexpr std::size_t makes = small_net::output_shape::size;

    device dev{inf1_6xlarge, {4, 4, 8}, {.quantum = 200us}};
    const load_options in_first{.group = 0, .server = {.workers = 2, .when_full = when_full::wait}};
    const std::vector<model_handle> models{dev.load<one>(trained, in_first),
                                           dev.load<four>(trained, in_first),
                                           dev.load<twins>(trained, in_first)};
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (unsigned client = 0; client < 6; ++client) {
        threads.emplace_back([&, client] {
            const model_handle model = models[client % 3];
            std::mt19937 random(client);
            for (int round = 0; round < 60; ++round) {
                const std::size_t users = 1 + random() % 13;
                const std::size_t first = random() % (40 - users);
                std::vector<float> out(users * makes);
                const auto status =
                    model.submit(std::span(in).subspan(first * takes, users * takes), out).wait();
                const bool same =
                    std::equal(out.begin(), out.end(),
                               want.begin() + static_cast<std::ptrdiff_t>(first * makes));
                wrong += status == request_status::done && same ? 0 : 1;
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(wrong == 0);
    const device_status status = dev.status();
    CHECK(status.instance == "inf1.6xlarge");
    REQUIRE(status.groups.size() == 3);
    CHECK(status.groups[2].first_core == 8);
    CHECK(status.groups[2].cores.size() == 8);
    CHECK(status.groups[0].cores[0].busy > 0ns);
    CHECK(status.groups[1].cores[0].busy == 0ns);
    REQUIRE(status.models.size() == 3);
    CHECK(status.models[0].name == "model-1");
    CHECK(status.models[1].program == "bf16, batch 4, copies 1");
    CHECK(status.models[2].cores == 2);
    for (const model_status& model : status.models) {
        CHECK(model.serving.requests.done == 120);
        CHECK(model.group == 0);
        CHECK(model.memory.weights == one::packed_bytes);
    }
    CHECK(status.models[1].memory.activations == 2 * four::arena_bytes);
    CHECK(status.memory.weights == one::packed_bytes);  // one blob
    CHECK(status.memory.activations
          == 2 * (one::arena_bytes + four::arena_bytes + 2 * twins::arena_bytes));
}

TEST_CASE("models are loaded and unloaded while others serve", "[runtime][device]") {
    gate at;
    at.close();
    device dev{inf1_xlarge, {2, 2}};
    const model_handle a = dev.load(tiny_servable(at), {.name = "a", .group = 0});
    tiny_request running(1);
    const completion first = a.submit(running.in, running.out);
    at.await(1);  // holds a core of the group
    gate open;
    const model_handle b = dev.load(tiny_servable(open), {.name = "b", .group = 0});
    tiny_request request(4);
    CHECK(b.submit(request.in, request.out).wait() == request_status::done);
    CHECK(names(dev) == std::vector<std::string>{"a", "b"});
    CHECK(dev.find("b").name() == "b");
    dev.unload("b", stop_mode::cancel);
    CHECK(names(dev) == std::vector<std::string>{"a"});
    CHECK(b.submit(request.in, request.out).reason() == request_refusal::stopped);
    CHECK(message_of<std::invalid_argument>([&] { dev.unload("b"); })
          == "soma: device: no model is called 'b'; loaded are 'a'");
    at.release();
    dev.unload("a");
    CHECK(first.status() == request_status::done);
    CHECK(message_of<std::invalid_argument>([&] { static_cast<void>(dev.find("a")); })
          == "soma: device: no model is called 'a'; loaded are none");
    CHECK(dev.status().memory.total() == 0);
    CHECK(dev.load(tiny_servable(open), {.name = "b"}).name() == "b");
}

TEST_CASE("a model that cannot be loaded leaves the device as it was", "[runtime][device]") {
    gate at;
    device dev{inf1_xlarge, {1, 2}};
    const model_handle a = dev.load(tiny_servable(at), {.name = "a"});
    const memory_status before = dev.status().memory;
    const auto refused = [&](const servable_model& model, const load_options& options) {
        const auto load = [&] { static_cast<void>(dev.load(model, options)); };
        const std::string message = message_of<std::exception>(load);
        CHECK(names(dev) == std::vector<std::string>{"a"});
        CHECK(dev.status().memory.total() == before.total());
        return message;
    };
    CHECK(refused(tiny_servable(at), {.name = "a"})
          == "soma: device: a model called 'a' is loaded already");
    CHECK(refused(tiny_servable(at), {.name = "b", .group = 2})
          == "soma: device: cannot load 'b': b: no group 2; there are 0 to 1");
    CHECK(refused(tiny_servable(at, 3), {.name = "b"})
          == "soma: device: cannot load 'b': b needs 3 cores; the largest group has 2");
    CHECK(refused(tiny_servable(at), {.weight = 0})
          == "soma: load_options: weight is not a positive number");
    CHECK(refused(tiny_servable(at), {.server = {.workers = -1}})
          == "soma: server_options: a number is negative");
    servable_model large = tiny_servable(at);
    large.weight_bytes = std::size_t{1} << 40;
    CHECK(refused(large, {.name = "b"}).find("bytes of device memory") != std::string::npos);
    servable_model broken = tiny_servable(at);
    broken.make = []() -> model_runner { throw std::runtime_error("no such file"); };
    CHECK(refused(broken, {.name = "b"}) == "no such file");
    // Found out when the workers have their arenas.
    servable_model wide = tiny_servable(at);
    wide.make = [&at]() -> model_runner { return {tiny_runner(at), std::size_t{1} << 40, {}}; };
    CHECK(refused(wide, {.name = "b"}).find("bytes of device memory") != std::string::npos);
    tiny_request request(4);
    CHECK(a.submit(request.in, request.out).wait() == request_status::done);
    CHECK_THROWS_AS(device(inf1_xlarge, {9}), std::invalid_argument);
    CHECK_THROWS_AS(device(inf1_xlarge, {}, {.quantum = -1ms}), std::invalid_argument);
}

TEST_CASE("requests that arrive while a model waits for its cores join the batch",
          "[runtime][device]") {
    gate at, open;
    at.close();
    device dev{inf1_xlarge, {1}};
    const model_handle holder = dev.load(tiny_servable(at), {.name = "holder"});
    const model_handle late = dev.load(tiny_servable(open), {.server = {.in_flight = 8}});
    tiny_request first(1), dead(1), dropped(1);
    const completion held = holder.submit(first.in, first.out);
    at.await(1);
    std::deque<tiny_request> requests;
    std::vector<completion> handles;
    for (int i = 0; i < 4; ++i) {
        requests.emplace_back(1, static_cast<float>(i));
        handles.push_back(late.submit(requests.back().in, requests.back().out));
        std::this_thread::sleep_for(1ms);
    }
    const completion expired =
        late.submit(dead.in, dead.out, {.deadline = serving_clock::now() + 1ms});
    const completion cancelled = late.submit(dropped.in, dropped.out);
    cancelled.cancel();
    std::this_thread::sleep_for(2ms);
    at.release();
    for (const completion& handle : handles) {
        CHECK(handle.wait() == request_status::done);
    }
    CHECK(expired.wait() == request_status::expired);
    CHECK(cancelled.wait() == request_status::cancelled);
    CHECK(open.batches == 1);
    CHECK(open.largest == 4);
    held.wait();
    CHECK(dev.status().groups[0].context_switches == 1);
}

TEST_CASE("two models that are always busy share a core", "[runtime][device]") {
    // One runs four times as long as the other. Both queues are never empty.
    const auto spin = [](std::chrono::microseconds time) {
        return [time](const float*, float*, std::size_t) {
            for (const auto end = serving_clock::now() + time; serving_clock::now() < end;) {
            }
        };
    };
    gate at;
    device dev{inf1_xlarge, {1}, {.quantum = 2ms}};
    servable_model quick = tiny_servable(at), slow = tiny_servable(at);
    quick.make = [&] { return model_runner{spin(250us), 0, {}}; };
    slow.make = [&] { return model_runner{spin(1000us), 0, {}}; };
    const server_options options{.in_flight = 4, .when_full = when_full::wait};
    const model_handle both[] = {dev.load(quick, {.server = options}),
                                 dev.load(slow, {.server = options})};
    std::atomic<bool> over = false;
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&, i] {
            tiny_request request(64);
            while (!over) {
                both[i % 2].submit(request.in, request.out).wait();
            }
        });
    }
    std::this_thread::sleep_for(300ms);
    const device_status status = dev.status();
    over = true;
    for (std::thread& t : clients) {
        t.join();
    }
    const auto busy = [&](std::size_t i) {
        return std::chrono::duration<double>(status.models[i].workers[0].busy).count();
    };
    INFO("quick " << busy(0) << " s, slow " << busy(1) << " s, switches "
                  << status.groups[0].context_switches);
    // The bound of the schedule is 3 ms; the rest is for a system that is busy elsewhere.
    CHECK(busy(0) > 0.5 * busy(1));
    CHECK(busy(1) > 0.5 * busy(0));
    CHECK(status.groups[0].context_switches > 10);
    CHECK(status.groups[0].context_switches < 2 * status.models[1].serving.batches + 10);
}

TEST_CASE("a thousand rounds of loading and unloading", "[runtime][device]") {
    gate at;
    device dev{inf1_xlarge, {1, 1}};
    const model_handle stays = dev.load(tiny_servable(at), {.name = "stays"});
    int right = 0;
    for (int round = 0; round < 1000; ++round) {
        tiny_request request(5);
        completion handle;
        {
            const model_handle guest = dev.load(tiny_servable(at), {.name = "guest"});
            handle = guest.submit(request.in, request.out);
            if (round % 2 == 0) {
                guest.unload(stop_mode::cancel);
            } else {
                dev.unload("guest");
            }
        }
        const request_status status = handle.status();
        right += status == request_status::done
                     ? request.right()
                     : round % 2 == 0 && status == request_status::cancelled;
    }
    CHECK(right == 1000);
    CHECK(names(dev) == std::vector<std::string>{"stays"});
}

TEST_CASE("every request is accounted for while models come and go", "[runtime][device]") {
    gate at;
    device dev{inf1_xlarge, {2}, {.quantum = 50us}};
    std::atomic<bool> over = false;
    std::atomic<std::uint64_t> ended[6]{}, wrong = 0;
    std::mutex latest;
    model_handle guest = dev.load(tiny_servable(at), {.name = "guest"});
    const model_handle stays =
        dev.load(tiny_servable(at), {.name = "stays", .server = {.when_full = when_full::wait}});
    std::vector<std::thread> clients;
    for (unsigned client = 0; client < 4; ++client) {
        clients.emplace_back([&, client] {
            std::mt19937 random(client);
            while (!over) {
                const model_handle model = [&] {
                    const std::lock_guard lock(latest);
                    return random() % 3 == 0 ? stays : guest;
                }();
                tiny_request request(random() % 9, static_cast<float>(random() % 100));
                request_options options;
                if (random() % 4 == 0) {
                    options.deadline =
                        serving_clock::now() + std::chrono::microseconds(random() % 200);
                }
                const completion handle = model.submit(request.in, request.out, options);
                if (random() % 8 == 0) {
                    handle.cancel();
                }
                const request_status status = handle.wait();
                ++ended[static_cast<std::size_t>(status)];
                wrong += status == request_status::done && !request.right() ? 1U : 0U;
            }
        });
    }
    std::vector<model_handle> gone;
    for (int round = 0; round < 100; ++round) {
        const model_handle old = guest;
        dev.unload("guest", round % 2 == 0 ? stop_mode::drain : stop_mode::cancel);
        model_handle fresh = dev.load(tiny_servable(at), {.name = "guest"});
        const std::lock_guard lock(latest);
        gone.push_back(std::exchange(guest, std::move(fresh)));
    }
    over = true;
    for (std::thread& t : clients) {
        t.join();
    }
    gone.push_back(guest);
    gone.push_back(stays);
    request_counts all;
    for (const model_handle& model : gone) {
        const request_counts counts = model.status().serving.requests;
        CHECK(counts.ended() == counts.submitted);
        all.done += counts.done;
        all.refused += counts.refused;
        all.cancelled += counts.cancelled;
        all.expired += counts.expired;
        all.failed += counts.failed;
    }
    CHECK(wrong == 0);
    CHECK(all.done == ended[static_cast<std::size_t>(request_status::done)]);
    CHECK(all.refused == ended[static_cast<std::size_t>(request_status::refused)]);
    CHECK(all.cancelled == ended[static_cast<std::size_t>(request_status::cancelled)]);
    CHECK(all.expired == ended[static_cast<std::size_t>(request_status::expired)]);
    CHECK(all.failed == 0);
    CHECK(all.done > 0);
}

TEST_CASE("timelines tell of every batch, and no two of them share a core", "[runtime][device]") {
    gate at;
    device dev{inf1_xlarge, {1, 3}, {.quantum = 20us}};
    const server_options options{.workers = 2, .in_flight = 8, .timeline_events = 1 << 15};
    std::vector<model_handle> models;
    for (const int cores : {1, 1, 2, 3}) {
        models.push_back(dev.load(tiny_servable(at, cores), {.group = 1, .server = options}));
    }
    std::vector<std::thread> clients;
    for (unsigned client = 0; client < 8; ++client) {
        clients.emplace_back([&, client] {
            std::mt19937 random(client);
            for (int i = 0; i < 200; ++i) {
                tiny_request request(random() % 13);
                models[random() % models.size()].submit(request.in, request.out).wait();
            }
        });
    }
    for (std::thread& t : clients) {
        t.join();
    }
    CHECK(dev.models().size() == 4);
    CHECK(dev.models()[2].name() == models[2].name());
    std::vector<timeline> all;
    std::set<int> cores;
    for (const model_handle& model : models) {
        model.unload();
        all.push_back(model.timeline());
        CHECK(faults(all.back(), model.status().serving) == "");
        CHECK(samples_done(all.back()) == model.status().serving.samples);
        for (const timeline_event& e : all.back().events) {
            if (e.kind == timeline_kind::batch) {
                cores.insert(e.core);
            }
        }
    }
    CHECK(overlaps(all) == 0);
    CHECK(cores == std::set<int>{0, 1, 2});
    CHECK(dev.models().empty());
}

TEST_CASE("a callback may load, unload and submit", "[runtime][device]") {
    gate at;
    device dev{inf1_xlarge, {1}};
    const model_handle a = dev.load(tiny_servable(at), {.name = "a", .server = {.in_flight = 1}});
    const model_handle b = dev.load(
        tiny_servable(at), {.name = "b", .server = {.in_flight = 1, .when_full = when_full::wait}});
    tiny_request request(1), one(1), two(1);
    request_refusal reason{};
    completion queued;
    const completion handle = a.submit(request.in, request.out, {}, [&](const request_result&) {
        queued = b.submit(one.in, one.out);
        reason = b.submit(two.in, two.out).reason();  // would wait for the core it holds
        static_cast<void>(dev.load(tiny_servable(at), {.name = "c"}));
        servable_model broken = tiny_servable(at);
        broken.make = []() -> model_runner { throw std::runtime_error("no such file"); };
        CHECK_THROWS_AS(dev.load(broken), std::runtime_error);
        broken.make = [&at]() -> model_runner {
            return {tiny_runner(at), std::size_t{1} << 40, {}};
        };
        CHECK_THROWS_AS(dev.load(broken), std::runtime_error);
        dev.unload("a");
    });
    CHECK(handle.wait() == request_status::done);
    CHECK(queued.wait() == request_status::done);
    CHECK(reason == request_refusal::full);
    CHECK(names(dev) == std::vector<std::string>{"b", "c"});
    dev.unload("c");
    CHECK(dev.status().memory.activations == 1000);
}

TEST_CASE("a request on a device can be awaited", "[runtime][device]") {
    struct task {
        struct promise_type {
            task get_return_object() noexcept { return {}; }
            std::suspend_never initial_suspend() noexcept { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() noexcept {}
            void unhandled_exception() noexcept { std::terminate(); }
        };
    };
    gate at;
    std::atomic<bool> done = false;
    tiny_request request(6);
    {
        device dev{inf1_xlarge};
        const model_handle model = dev.load(tiny_servable(at));
        [](const model_handle& on, tiny_request& r, std::atomic<bool>& flag) -> task {
            const request_result result = co_await on.infer(r.in, r.out);
            flag = result.status == request_status::done;
        }(model, request, done);
    }
    CHECK(done);
    CHECK(request.right());
}

TEST_CASE("the host is one device whose threads keep to its cores", "[runtime][device]") {
    CHECK(&device::host() == &device::host());
    CHECK(device::host().layout().group(0).cores == visible_cores().count);
    const with_variable set("SOMA_VISIBLE_CORES", std::to_string(some_core()));
    device one(device_layout::of_host(""));
    std::atomic<int> cores = 0;
    gate at;
    servable_model curious = tiny_servable(at);
    curious.make = [&] {
        return model_runner{
            [&](const float*, float*, std::size_t) { cores = available_cores(); }, 0, {}};
    };
    const model_handle model = one.load(curious);
    tiny_request request(1);
    CHECK(model.submit(request.in, request.out).wait() == request_status::done);
    CHECK(cores == 1);
    CHECK(one.status().instance == "host");
}
