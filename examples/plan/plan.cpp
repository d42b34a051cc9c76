// SPDX-License-Identifier: MIT

/// \file
/// What a network would do on an instance, before renting one: which batch, how many pipeline cores
/// and how many copies; what fits, what waits for what, what it costs.
///
///     plan --model resnet50 --instance inf1.6xlarge --precision bf16 --latency-ms 20
///
/// Every figure is predicted, none is measured. Ends with 0; with 1 if no configuration meets the
/// budget; with 2 if the arguments make no sense.

#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <soma/hardware/instances.hpp>

#include "groups.hpp"
#include "report.hpp"
#include "request.hpp"
#include "study.hpp"

namespace {

using namespace plan;

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
arguments read_arguments(int argc, char** argv, CLI::App& app) {
    arguments a;
    app.add_option("--model", a.model, "a network of the zoo, see --list")->capture_default_str();
    app.add_option("--instance", a.instance, "where it is to run, see --list")
        ->capture_default_str();
    app.add_option("--precision", a.precision, "a precision policy, see --list")
        ->capture_default_str();
    app.add_option("--latency-ms", a.latency_ms, "choose among what takes at most this long");
    app.add_option("--batch", a.batches, "batches to look at, for example 1,2,4");
    app.add_option("--cores", a.cores, "pipeline cores to look at, for example 1,2,4");
    app.add_option("--copies", a.copies, "exactly this many copies");
    const CLI::Option* const groups = app.add_option(
        "--groups", a.groups,
        "show models on NeuronCore groups, given by sizes like 2,4,3 or copies x cores "
        "like 4x1; --model may name several, with commas");
    app.add_flag("--static-weights", a.static_weights,
                 "refuse what cannot keep all weights in on-chip memory");
    const CLI::Option* const json =
        app.add_option("--json", a.json_file, "write JSON to this file, or instead of the tables")
            ->expected(0, 1);
    app.add_option("--html", a.html_file, "write a page with tables and plots to this file");
    app.add_flag("--list", a.list, "print the known models, instances and precisions");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    }
    a.json = json->count() > 0;
    a.given_groups = groups->count() > 0;
    return a;
}

int list_names() {
    std::cout << "models\n";
    for (const examples::network& n : examples::networks()) {
        std::cout << "  " << n.name << "  " << n.spelled << '\n';
    }
    std::cout << "instances\n";
    for (const soma::instance* i : soma::instances) {
        std::cout << "  " << i->name << "  " << i->chips << " x " << i->chip.name << ", "
                  << i->cores() << " x " << i->chip.core.name << '\n';
    }
    std::cout << "precisions\n";
    for (const examples::precision_choice& p : examples::precisions()) {
        std::cout << "  " << p.name << '\n';
    }
    return 0;
}

int show_groups(const arguments& a) {
    if (!a.html_file.empty() || !a.copies.empty() || !a.latency_ms.empty() || a.static_weights) {
        throw bad_input(
            "--groups: stands beside --model, --instance, --precision, --batch, --cores and "
            "--json only");
    }
    const group_plan groups = examine_groups(a);
    if (!a.json_file.empty()) {
        write_file(a.json_file, json_of(groups));
    }
    std::cout << (a.json && a.json_file.empty() ? json_of(groups) : text_of(groups));
    return 0;
}

int run(const arguments& a) {
    if (a.list) {
        return list_names();
    }
    if (a.given_groups) {
        return show_groups(a);
    }
    const study s = examine(understand(a));
    if (!a.html_file.empty()) {
        write_file(a.html_file, html_of(s));
    }
    if (!a.json) {
        print(std::cout, s);
    } else if (a.json_file.empty()) {
        std::cout << json_of(s);
    } else {
        write_file(a.json_file, json_of(s));
        print(std::cout, s);
    }
    if (s.chosen.found) {
        return 0;
    }
    std::cerr << "plan: " << failure_of(s) << '\n';
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Predicts a network on an instance and finds its best configuration.", "plan"};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "plan: " << error.what() << '\n';
        return 2;
    }
}
