// SPDX-License-Identifier: MIT

#include "support/metrics_endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <httplib.h>

#include <soma/perf/prometheus.hpp>

namespace examples {

class metrics_endpoint::service {
public:
    explicit service(std::function<std::string()> text) : text_(std::move(text)) {
        // Few ask, and none may keep a thread to itself.
        server_.new_task_queue = [] { return new httplib::ThreadPool(2); };
        server_.set_keep_alive_max_count(1);
        server_.set_read_timeout(std::chrono::seconds(2));
        // The default would share the port with another process instead of failing.
        server_.set_socket_options([](socket_t s) {
            const int yes = 1;
            setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
            answer(response);
        });
    }
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    ~service() {
        server_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    /// The port; 0 if there is none to be had.
    [[nodiscard]] int bind(const std::string& address, int port) {
        if (port == 0) {
            return std::max(0, server_.bind_to_any_port(address));
        }
        return server_.bind_to_port(address, port) ? port : 0;
    }

    void start() {
        thread_ = std::thread([this] {
            server_.listen_after_bind();
            ended_ = true;
        });
        // To stop it has an effect only once it runs.
        while (!server_.is_running() && !ended_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

private:
    void answer(httplib::Response& response) {
        try {
            const std::lock_guard one_at_a_time(mutex_);
            response.set_content(text_(), std::string(soma::perf::prometheus_content_type).c_str());
        } catch (const std::exception& error) {
            response.status = 500;
            response.set_content(std::string(error.what()).append("\n"), "text/plain");
        }
    }

    std::function<std::string()> text_;
    std::mutex mutex_;
    httplib::Server server_;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

metrics_endpoint::metrics_endpoint(int port,
                                   std::function<std::string()> text,
                                   const std::string& address)
    : service_(std::make_unique<service>(std::move(text))),
      port_(port < 0 || port > 65535 ? 0 : service_->bind(address, port)) {
    if (port_ == 0) {
        throw std::runtime_error(
            std::string("metrics: cannot listen on ")
                .append(address)
                .append(":")
                .append(std::to_string(port))
                .append(": expected an address of this machine and a port from "
                        "0 to 65535 that is free and permitted"));
    }
    service_->start();
}

metrics_endpoint::~metrics_endpoint() = default;

}  // namespace examples
