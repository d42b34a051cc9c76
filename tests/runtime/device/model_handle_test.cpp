// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <soma/runtime/device/model_handle.hpp>

#include "support/catch.hpp"
#include "support/served.hpp"
#include "support/timelines.hpp"

using namespace soma;
using namespace soma::test;

static_assert(std::is_nothrow_copy_constructible_v<model_handle>);

namespace {

std::shared_ptr<detail::model_on_device> loaded(const servable_model& model,
                                                server_options options = {},
                                                server_processing processing = {}) {
    return std::make_shared<detail::model_on_device>(
        "tiny", 3, model, std::make_shared<group_cores>(2, 1ms), 1.0,
        server_plan(options, model.cores, {{}, 2}), std::move(processing));
}

}  // namespace

TEST_CASE("a model serves until it is unloaded, and its handles refuse then", "[runtime][device]") {
    gate at;
    const model_handle handle(loaded(tiny_servable(at, 2), {.in_flight = 8}));
    CHECK(handle.name() == "tiny");
    CHECK(handle.sample_inputs() == tiny_inputs);
    CHECK(handle.sample_outputs() == tiny_outputs);
    tiny_request request(9);
    CHECK(handle.submit(request.in, request.out).wait() == request_status::done);
    CHECK(request.right());
    const model_status status = handle.status();
    CHECK(status.program == "tiny");
    CHECK(status.group == 3);
    CHECK(status.cores == 2);
    CHECK(status.workers.size() == 1);
    CHECK(status.serving.samples == 9);

    const model_handle other = handle;
    at.close();
    tiny_request running(1), queued(4);
    const completion a = handle.submit(running.in, running.out);
    at.await(1);
    const completion b = handle.submit(queued.in, queued.out);
    std::thread unloader([&] { other.unload(stop_mode::cancel); });
    tiny_request none(0);
    while (handle.submit(none.in, none.out).reason() != request_refusal::stopped) {
        std::this_thread::sleep_for(100us);
    }
    at.release();
    unloader.join();
    CHECK(a.status() == request_status::done);
    CHECK(b.status() == request_status::cancelled);
    handle.unload();
    int calls = 0;
    CHECK(handle
              .submit(request.in, request.out, {},
                      [&](const request_result& r) {
                          calls += r.reason == request_refusal::stopped ? 1 : 100;
                      })
              .reason()
          == request_refusal::stopped);
    CHECK(calls == 1);
    const request_counts counts = handle.status().serving.requests;
    CHECK(counts.ended() == counts.submitted);
}

TEST_CASE("a model's memory is what its workers have", "[runtime][device]") {
    gate at;
    const auto model = loaded(tiny_servable(at), {.workers = 3, .in_flight = 8, .handles = 16});
    const memory_status memory = model->memory();
    CHECK(memory.weights == 64);
    CHECK(memory.activations == 3000);
    const std::size_t slots = 16 * sizeof(request_slot);
    const std::size_t buffers = 3 * 4 * (tiny_inputs + tiny_outputs) * sizeof(float);
    CHECK(memory.requests > slots + buffers);
    CHECK(model->packed() != nullptr);
    model->unload(stop_mode::drain);
    CHECK(model->memory().weights == 0);
    CHECK(model->memory().activations == 0);
    CHECK(model->memory().requests < memory.requests - buffers);
    CHECK(model->memory().requests >= slots);
    CHECK(model->packed() == nullptr);
}

TEST_CASE("a model's timeline says on which cores it ran, and outlives it", "[runtime][device]") {
    gate at;
    const auto model = loaded(tiny_servable(at, 2), {.timeline_events = 50});
    const model_handle handle(model);
    CHECK(handle.group() == 3);
    CHECK(model->memory().timeline == 50 * sizeof(timeline_event));
    tiny_request request(3);
    handle.submit(request.in, request.out).wait();
    handle.unload();
    const timeline all = handle.timeline();
    CHECK(faults(all, handle.status().serving) == "");
    REQUIRE(all.events.size() == 5);
    CHECK(all.events[2].kind == timeline_kind::batch);
    CHECK(all.events[3].kind == timeline_kind::batch);
    CHECK(all.events[2].id == all.events[3].id);
    CHECK(all.events[2].core == 0);
    CHECK(all.events[3].core == 1);
    CHECK(model->memory().timeline == 50 * sizeof(timeline_event));
}

TEST_CASE("a model that cannot be made is an exception", "[runtime][device]") {
    gate at;
    servable_model broken = tiny_servable(at);
    std::atomic<int> made = 0;
    broken.make = [&]() -> model_runner {
        if (++made == 2) {
            throw std::runtime_error("no memory");
        }
        return {tiny_runner(at), 10, {}};
    };
    CHECK_THROWS_AS(loaded(broken, {.workers = 2}), std::runtime_error);
    CHECK_THROWS_AS(loaded(tiny_servable(at), {.workers = -1}), std::invalid_argument);
}

TEST_CASE("processing decides what callers see of a sample", "[runtime][device]") {
    gate at;
    const model_handle handle(
        loaded(tiny_servable(at), {},
               {.before = [](std::span<const float> from,
                             std::span<float> to) { std::fill(to.begin(), to.end(), from[0]); },
                .inputs = 1}));
    CHECK(handle.sample_inputs() == 1);
    CHECK(handle.sample_outputs() == tiny_outputs);
    const std::vector<float> in{2, 3};
    std::vector<float> out(6);
    CHECK(handle.submit(in, out).wait() == request_status::done);
    CHECK(out == std::vector<float>{4, 0, 6, 6, 0, 9});
}
