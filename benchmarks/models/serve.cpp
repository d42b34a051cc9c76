// SPDX-License-Identifier: MIT
#include "models/serve.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/perf/clock.hpp>

#include "models/count_allocations.hpp"

namespace bench {

namespace {

using json = nlohmann::ordered_json;
namespace perf = soma::perf;

/// A "VmHWM:   1234 kB" line of this process's status, in bytes.
std::int64_t status_bytes(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == field + ":") {
            std::int64_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1024;
        }
    }
    return 0;
}

json run_some(const contestant& who, int count) {
    std::vector<double> cpu(static_cast<std::size_t>(count));
    std::vector<double> wall(static_cast<std::size_t>(count));
    const std::uint64_t allocations = allocations_so_far();
    const auto start = perf::wall_clock::now();
    if (who.run_streams) {
        cpu.clear();
        wall.clear();
        who.run_streams(count);
    } else {
        for (std::size_t i = 0; i < cpu.size(); ++i) {
            const auto cpu_start = perf::process_cpu_clock::now();
            const auto wall_start = perf::wall_clock::now();
            who.run();
            wall[i] = perf::seconds_between(wall_start, perf::wall_clock::now());
            cpu[i] = perf::seconds_between(cpu_start, perf::process_cpu_clock::now());
        }
    }
    const double elapsed = perf::seconds_between(start, perf::wall_clock::now());
    const std::uint64_t allocated = allocations_so_far() - allocations;
    return {{"elapsed", elapsed}, {"allocations", allocated}, {"cpu", cpu}, {"wall", wall}};
}

json write_output(const contestant& who, const std::string& path) {
    const std::span<const float> values = who.output();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size_bytes()));
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path);
    }
    return {{"count", values.size()}};
}

json answer(const contestant& who, const std::string& command, std::istream& arguments) {
    std::string path;
    int count = 1;
    if (command == "run" && arguments >> count && count > 0) {
        return run_some(who, count);
    }
    if (command == "output" && std::getline(arguments >> std::ws, path)) {
        return write_output(who, path);
    }
    if (command == "memory") {
        return {{"peak_bytes", status_bytes("VmHWM")}, {"resident_bytes", status_bytes("VmRSS")}};
    }
    if (command == "measure" && who.measure && arguments >> count && count > 0) {
        return who.measure(count);
    }
    return {{"error", "no command " + command}};
}

}  // namespace

int serve(const contestant& who) {
    std::cout << who.description.dump() << std::endl;
    for (std::string line; std::getline(std::cin, line) && line != "quit";) {
        std::istringstream words(line);
        std::string command;
        words >> command;
        try {
            std::cout << answer(who, command, words).dump() << std::endl;
        } catch (const std::exception& fault) {
            std::cout << json{{"error", fault.what()}}.dump() << std::endl;
        }
    }
    return 0;
}

}  // namespace bench
