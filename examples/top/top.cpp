// SPDX-License-Identifier: MIT

/// \file
/// What a soma device does, live in a terminal: a process that serves its metrics, or a
/// demonstration in this one.
///
/// Ends with 0, with 1 if --once has nobody to ask or there is no terminal, with 2 if the arguments
/// make no sense.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>
#include <CLI/CLI.hpp>

#include "support/metrics_endpoint.hpp"
#include "top/demonstration.hpp"
#include "top/frame.hpp"
#include "top/rates.hpp"
#include "top/screen.hpp"
#include "top/source.hpp"

namespace {

using namespace top;
using std::chrono::milliseconds;
using watch = std::chrono::steady_clock;

/// The command line makes no sense.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::optional<address> connect;  ///< none: the demonstration
    std::optional<int> serve;
    milliseconds interval{1000};
    bool once = false;
    bool colours = true;
};

/// Where readings come from, and what to call it.
struct metrics_source {
    std::string name;
    std::function<reading()> ask;
};

volatile std::sig_atomic_t interrupted = 0;

void stop_on_signals() {
    struct sigaction action{};
    action.sa_handler = [](int) { interrupted = 1; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        sigaction(signal, &action, nullptr);
    }
}

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
options read_arguments(int argc, char** argv, CLI::App& app) {
    std::string connect;
    int serve = 0;
    double seconds = 1;
    bool no_colour = false;
    options chosen;
    CLI::Option* const connecting =
        app.add_option("--connect", connect,
                       "host:port of a process that serves its metrics; without it, a "
                       "demonstration in this process is shown");
    CLI::Option* const serving = app.add_option(
        "--serve", serve,
        "serve the demonstration's metrics at http://127.0.0.1:PORT/metrics; 0: any free port");
    app.add_option("--interval", seconds, "seconds that the figures are of, 0.1 to 3600")
        ->capture_default_str();
    app.add_flag("--once", chosen.once,
                 "print the figures of one interval as text, and end; so it is, too, where "
                 "standard output is no terminal");
    app.add_flag("--no-color", no_colour, "no colours; nor where NO_COLOR is set");
    try {
        app.parse(argc, argv);
        if (connecting->count() > 0) {
            chosen.connect = parse_address(connect);
        }
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    } catch (const std::invalid_argument& error) {
        throw bad_input(std::string("--connect: ").append(error.what()));
    }
    if (!(seconds >= 0.1 && seconds <= 3600)) {
        throw bad_input("--interval: expected a number from 0.1 to 3600");
    }
    if (serving->count() > 0) {
        if (chosen.connect) {
            throw bad_input("--serve: is for the demonstration, which --connect replaces");
        }
        if (serve < 0 || serve > 65535) {
            throw bad_input("--serve: expected a port from 0 to 65535");
        }
        chosen.serve = serve;
    }
    chosen.interval = milliseconds(static_cast<int>(seconds * 1000));
    chosen.once = chosen.once || isatty(STDOUT_FILENO) == 0;
    chosen.colours = !no_colour && std::getenv("NO_COLOR") == nullptr;
    return chosen;
}

int print_once(const metrics_source& from, milliseconds interval) {
    const reading before = from.ask();
    std::this_thread::sleep_for(interval);
    const rates now = between(before, from.ask());
    for (const line& each : frame({from.name, {}}, &now, {.unicode = unicode_locale()})) {
        std::cout << plain(each) << '\n';
    }
    return 0;
}

/// What is known of a device that is asked again and again.
class monitor {
public:
    explicit monitor(std::string source) : source_(std::move(source)) {}

    void learn(reading after) {
        now_ = between(last_, after);
        last_ = std::move(after);
        learnt_ = watch::now();
        trouble_.clear();
    }
    void learn(const std::exception& error) { trouble_ = error.what(); }

    [[nodiscard]] std::vector<line> lines(const look& on) const {
        heading above{source_, trouble_};
        if (now_ && !trouble_.empty()) {
            const auto age = std::chrono::round<std::chrono::seconds>(watch::now() - learnt_);
            above.trouble += "; figures of " + std::to_string(age.count()) + " s ago";
        }
        return frame(above, now_ ? &*now_ : nullptr, on);
    }

private:
    std::string source_;
    std::string trouble_ = "waiting for an answer";
    reading last_{};
    std::optional<rates> now_{};
    watch::time_point learnt_{};
};

int show(const metrics_source& from, const options& chosen) {
    stop_on_signals();
    screen terminal(chosen.colours);
    monitor known(from.name);
    const line footer{{" q", colour::title},
                      {" quit   ", colour::faint},
                      {"up down", colour::title},
                      {" scroll", colour::faint}};
    std::future<reading> asked;  // on a thread of its own: keys are heard meanwhile
    watch::time_point next = watch::now();
    int first = 0;
    while (interrupted == 0) {
        if (!asked.valid() && watch::now() >= next) {
            next = watch::now() + chosen.interval;
            asked = std::async(std::launch::async, from.ask);
        }
        if (asked.valid() && asked.wait_for(milliseconds(0)) == std::future_status::ready) {
            try {
                known.learn(asked.get());
            } catch (const std::exception& error) {
                known.learn(error);
            }
        }
        const int hidden = terminal.draw(known.lines(terminal.size()), first, footer);
        first = std::clamp(first, 0, hidden);
        switch (terminal.wait(milliseconds(50))) {
            case key::quit: return 0;
            case key::up: first = std::max(0, first - 1); break;
            case key::down: first = std::min(hidden, first + 1); break;
            case key::resized:
            case key::none: break;
        }
    }
    return 0;
}

int run(const options& chosen) {
    metrics_source from;
    std::unique_ptr<demonstration> own;
    std::unique_ptr<examples::metrics_endpoint> endpoint;
    if (chosen.connect) {
        from = {chosen.connect->text(), [where = *chosen.connect] { return ask(where); }};
    } else {
        own = std::make_unique<demonstration>();
        from = {"demonstration", [&] { return read(parse(own->metrics())); }};
        if (chosen.serve) {
            endpoint = std::make_unique<examples::metrics_endpoint>(*chosen.serve,
                                                                    [&] { return own->metrics(); });
            from.name = "127.0.0.1:" + std::to_string(endpoint->port());
        }
    }
    return chosen.once ? print_once(from, chosen.interval) : show(from, chosen);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Shows what a soma device does.", "top"};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const bad_input& error) {
        std::cerr << "top: " << error.what() << '\n';
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "top: " << error.what() << '\n';
        return 1;
    }
}
