// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Runs another program and says what it cost.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace bench {

/// What a finished process and all it started used.
struct process_cost {
    double cpu_seconds = 0.0;     ///< user and system
    double peak_megabytes = 0.0;  ///< of the largest of the processes
    bool found = true;            ///< false where there is no such program
    bool succeeded = false;
};

/// Runs `command` and waits for it. Its output goes to `log`.
[[nodiscard]] inline process_cost run_process(const std::vector<std::string>& command,
                                              const std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);

    constexpr int no_such_program = 127;
    const pid_t child = ::fork();
    if (child < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (child == 0) {
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (file >= 0) {
            ::dup2(file, STDOUT_FILENO);
            ::dup2(file, STDERR_FILENO);
        }
        ::execvp(arguments.front(), arguments.data());
        ::_exit(no_such_program);
    }
    int status = 0;
    rusage usage{};
    while (::wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "wait4");
        }
    }
    const auto seconds = [](const timeval& value) {
        return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6;
    };
    const bool exited = WIFEXITED(status);
    return {.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
            .peak_megabytes = static_cast<double>(usage.ru_maxrss) / 1024.0,  // given in KiB
            .found = !(exited && WEXITSTATUS(status) == no_such_program),
            .succeeded = exited && WEXITSTATUS(status) == 0};
}

}  // namespace bench
