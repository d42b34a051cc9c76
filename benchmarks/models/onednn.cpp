// SPDX-License-Identifier: MIT
//
// A network as a chain of oneDNN primitives, as a contestant:
//
//     PROGRAM NETWORK IMAGES fp32|bf16 direct|auto BATCH THREADS STREAMS
//
// Each of STREAMS chains takes BATCH images with THREADS threads, over one set of weights.

#include <barrier>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "models/onednn_chain.hpp"
#include "models/read_floats.hpp"
#include "models/serve.hpp"

namespace {

using namespace bench;

/// Chains on threads of their own that start together when told and sleep in between.
class streams {
public:
    streams(const network& net,
            const chain_options& options,
            int threads,
            const onednn_chain& first,
            std::span<const float> images,
            std::size_t count)
        : start_(static_cast<std::ptrdiff_t>(count)), stop_(static_cast<std::ptrdiff_t>(count)) {
        const std::size_t part = images.size() / count;
        for (std::size_t i = 1; i < count; ++i) {
            workers_.emplace_back([=, this, &net, &first] {
                onednn_use_threads(threads);
                onednn_chain own(net, options, &first);
                for (;;) {
                    start_.arrive_and_wait();
                    if (runs_ == 0) {
                        return;
                    }
                    for (int k = 0; k < runs_; ++k) {
                        own.run(images.subspan(i * part, part));
                    }
                    stop_.arrive_and_wait();
                }
            });
        }
    }
    ~streams() {
        runs_ = 0;
        start_.arrive_and_wait();
    }
    void run(onednn_chain& first, std::span<const float> images, int runs) {
        runs_ = runs;
        start_.arrive_and_wait();
        for (int k = 0; k < runs; ++k) {
            first.run(images);
        }
        stop_.arrive_and_wait();
    }

private:
    std::barrier<> start_, stop_;
    int runs_ = 0;
    std::vector<std::jthread> workers_;
};

int run(std::span<char*> arguments) {
    const network net = read_network(arguments[1]);
    const std::string precision = arguments[3];
    const std::string method = arguments[4];
    const chain_options options{.batch = std::stoi(arguments[5]),
                                .bf16 = precision == "bf16",
                                .automatic = method == "auto"};
    const int threads = std::stoi(arguments[6]);
    const auto count = static_cast<std::size_t>(std::stoul(arguments[7]));
    const network_step& first = net.steps.front();
    const auto part = static_cast<std::size_t>(options.batch)
                      * static_cast<std::size_t>(first.in_c * first.in_size * first.in_size);
    const std::vector<float> images = read_floats(arguments[2], part * count);
    const std::span<const float> own(images.data(), part);

    onednn_use_threads(threads);
    onednn_chain chain(net, options);
    streams others(net, options, threads, chain, images, count);
    contestant who;
    who.description = {{"version", onednn_version()}, {"kernels", chain.implementations()}};
    who.run = [&] { chain.run(own); };
    if (count > 1) {
        who.run_streams = [&](int runs) { others.run(chain, own, runs); };
    }
    who.output = [&] { return chain.output(); };
    return serve(who);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 8) {
            return run({argv, static_cast<std::size_t>(argc)});
        }
        std::cerr << "usage: NETWORK IMAGES fp32|bf16 direct|auto BATCH THREADS STREAMS\n";
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
    }
    return 2;
}
