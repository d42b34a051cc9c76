// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

namespace soak {

using namespace std::chrono_literals;
using soma::request_status;
using soma::serving_clock;

void shared_state::violation(const std::string& what) {
    constexpr std::uint64_t most_printed = 20;
    if (violations.fetch_add(1) < most_printed) {
        std::fprintf(stderr, "VIOLATION: %s\n", what.c_str());
    }
}

bool shared_state::inject(fault which) {
    return injected == which && injections.load() > 0 && injections.fetch_sub(1) > 0;
}

client::client(shared_state& shared, std::shared_ptr<pulse> heart, unsigned seed)
    : shared_(shared), heart_(std::move(heart)), random_(seed) {}

void client::work() {
    auto due = serving_clock::now();
    while (!shared_.stop) {
        if (shared_.pause) {
            finish_all();
            ++shared_.paused;
            while (shared_.pause && !shared_.stop) {
                heart_->at("pauses");
                std::this_thread::sleep_for(10ms);
            }
            --shared_.paused;
            due = serving_clock::now();
        }
        if (shared_.inject(fault::hang)) {
            heart_->at("hangs on purpose");
            std::this_thread::sleep_for(24h);
        }
        ticket& t = tickets_[next_++ % window];
        finish(t);
        begin(t);
        if (chance(0.1)) {
            meddle();
        }
        const double rate = std::max(shared_.samples_per_s.load(), 1.0);
        due += std::chrono::nanoseconds(
            static_cast<std::int64_t>(static_cast<double>(t.samples) / rate * 1e9));
        // Sleeping for less costs more than it gives back; and who cannot keep up does not try to.
        const auto now = serving_clock::now();
        if (due > now + 500us) {
            heart_->at("sleeps");
            std::this_thread::sleep_until(due);
        }
        due = std::max(due, now - 50ms);
    }
    finish_all();
    heart_->leave();
}

std::shared_ptr<target> client::choose() {
    const std::lock_guard lock(shared_.mutex);
    return shared_.targets[below(shared_.targets.size())];
}

void client::begin(ticket& t) {
    t.to = choose();
    const answers& right = *t.to->of->right;
    t.samples = chance(0.5) ? 1 : below(most_samples + 1);
    t.first = below(answers::samples - t.samples + 1);
    const auto from = std::span(right.in).subspan(t.first * right.inputs, t.samples * right.inputs);
    t.in.assign(from.begin(), from.end());
    t.out.assign(t.samples * right.outputs, -77.0F);
    t.must_fail = t.may_cancel = t.may_expire = t.dropped = false;
    t.calls = 0;
    t.told = request_status::pending;

    if (t.samples > 0 && chance(0.04)) {
        t.in[below(t.samples) * right.inputs] = poison;
        t.must_fail = true;
    } else if (t.samples > 0 && t.to->of->passes_nan && chance(0.04)) {
        t.in[below(t.in.size())] = std::numeric_limits<float>::quiet_NaN();
        t.must_fail = true;
    }
    soma::request_options options;
    if (chance(0.15)) {
        options.deadline = serving_clock::now() + std::chrono::microseconds(below(2000)) - 100us;
        t.may_expire = true;
    }
    t.stopper = std::stop_source(std::nostopstate);
    if (chance(0.1)) {
        t.stopper = std::stop_source();
        options.cancel = t.stopper.get_token();
    }
    soma::request_callback callback;
    t.has_callback = chance(0.3);
    if (t.has_callback) {
        const bool throws = t.samples > 0 && chance(0.1);
        t.must_fail = t.must_fail || throws;
        callback = [&t, throws](const soma::request_result& r) {
            t.told = r.status;
            if (throws) {
                ++t.calls;
                throw std::runtime_error("a callback that throws");
            }
            ++t.calls;  // the last touch: a client without a handle waits for it
        };
        t.dropped = !throws && chance(0.3);
    }
    shared_.offered_samples += t.samples;
    if (!shared_.inject(fault::lost)) {
        t.to->account.submitted();
    }
    heart_->at("submits");
    soma::completion handle =
        t.to->model.submit(t.in, t.out, std::move(options), std::move(callback));
    if (!t.dropped) {
        t.handle = std::move(handle);
    }
}

void client::meddle() {
    ticket& t = tickets_[below(window)];
    if (t.to == nullptr) {
        return;
    }
    if (t.stopper.stop_possible()) {
        t.may_cancel = true;
        t.stopper.request_stop();
    } else if (!t.dropped) {
        t.may_cancel = true;
        heart_->at("cancels");
        if (chance(0.5)) {
            t.handle.cancel();
        } else {
            t.handle.canceller().cancel();
        }
    }
}

void client::finish(ticket& t) {
    if (t.to == nullptr) {
        return;
    }
    request_status status = request_status::pending;
    if (t.dropped) {
        heart_->at("waits for a callback");
        while (t.calls == 0) {
            std::this_thread::sleep_for(50us);
        }
        status = t.told;
    } else {
        heart_->at("waits for a request");
        status = t.handle.wait();
    }
    heart_->at("checks");
    if (status == request_status::done && !t.out.empty() && shared_.inject(fault::wrong)) {
        t.out[below(t.out.size())] += 1.0F;
    }
    check(t, status);
    t.to->account.ended(status);
    if (shared_.inject(fault::twice)) {
        t.to->account.ended(status);
    }
    t.handle = soma::completion();
    t.to = nullptr;
}

void client::finish_all() {
    for (ticket& t : tickets_) {
        finish(t);
    }
}

void client::check(const ticket& t, request_status status) {
    const auto complain = [&](const std::string& what) {
        shared_.violation(t.to->of->name + ", request of " + std::to_string(t.samples)
                          + " samples that ended as " + name(status) + ": " + what);
    };
    if (t.has_callback && t.calls != 1) {
        complain("its callback was called " + std::to_string(t.calls) + " times");
    }
    switch (status) {
        case request_status::done: {
            const answers& right = *t.to->of->right;
            const auto want =
                right.out.begin() + static_cast<std::ptrdiff_t>(t.first * right.outputs);
            shared_.answered_samples += t.samples;
            if (!std::equal(t.out.begin(), t.out.end(), want)) {
                complain("its results are not those of its samples one by one");
            }
            if (t.must_fail) {
                complain("it should have failed");
            }
            break;
        }
        case request_status::refused:
            if (!t.dropped && t.handle.reason() != soma::request_refusal::full
                && t.handle.reason() != soma::request_refusal::no_handle
                && !(t.handle.reason() == soma::request_refusal::stopped && t.to->leaving)) {
                complain("reason " + std::to_string(static_cast<int>(t.handle.reason())));
            }
            break;
        case request_status::cancelled:
            if (!t.may_cancel && !t.to->leaving) {
                complain("nobody cancelled it");
            }
            break;
        case request_status::expired:
            if (!t.may_expire) {
                complain("it had no deadline");
            }
            break;
        case request_status::failed:
            if (!t.must_fail) {
                complain("it had nothing to fail of");
            } else if (!t.dropped && t.handle.error() == nullptr) {
                complain("it does not say why");
            }
            break;
        case request_status::pending: complain("it has not ended"); break;
    }
}

}  // namespace soak
