// SPDX-License-Identifier: MIT
//
// Prints docs/operators.md or docs/hardware.md, which hold what the headers of hardware/ say.
//
//     soma_docs operators | hardware [FILE]

#include <charconv>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>

#include <soma/hardware/figure_list.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/hardware/operator_row.hpp>

namespace {

using namespace soma;

/// At most `digits` significant digits, without an exponent, a point in every locale.
std::string number(double value, int digits = 6) {
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    return {text, end};
}

/// A value in the unit that people say it in.
std::string quantity(double value, std::string_view unit) {
    if (value == 0) {
        return "0";
    }
    if (unit == "bytes") {
        return value >= units::gib ? number(value / units::gib) + " GiB"
                                   : number(value / units::mib) + " MiB";
    }
    if (unit == "Hz" || unit == "bytes/s" || unit == "FLOP/s") {
        return number(value / 1e9, 5) + " G" + std::string(unit == "bytes/s" ? "B/s" : unit);
    }
    if (unit == "elements/s") {
        return number(value / 1e9, 5) + "e9 elements/s";
    }
    return number(value) + " " + std::string(unit);
}

void generated(std::ostream& out) {
    out << "Generated from the headers in `include/soma/hardware/`, and compared with them by a "
           "test. After a change there:\n\n"
           "```sh\ncmake --build <build folder> --target soma_write_docs\n```\n\n";
}

constexpr const neuron_core* cores[] = {&neuron_core_v1, &neuron_core_v2, &neuron_core_v3};

std::string formats_of_row(format_set formats) {
    std::string text;
    for (const format f : {format::f32, format::f16, format::bf16}) {
        if ((formats & set_of(f)) != 0) {
            text += (text.empty() ? "" : ", ") + std::string(name(f));
        }
    }
    return text.empty() ? "host" : text;
}

/// Whether an operator is one to place: not the caller's tensors, and nothing that fusing removed.
bool is_placed(op kind) {
    return kind != op::identity && kind != op::input && kind != op::output;
}

template <std::size_t Rows>
void operator_sources(std::ostream& out, std::string_view core, const operator_row (&rows)[Rows]) {
    out << "\n## " << core << "\n\n| operator | formats | known | source |\n|---|---|---|---|\n";
    for (const operator_row& row : rows) {
        if (!is_placed(row.kind)) {
            continue;
        }
        out << "| " << name(row.kind) << " | " << formats_of_row(row.formats) << " | "
            << name(row.known) << " | " << row.source << " |\n";
    }
}

void operators_page(std::ostream& out) {
    out << "# Operators: where each one runs, in which formats\n\n";
    generated(out);
    out << "A format is that of the operands of products (`conv2d`, `linear`, `attention`), and "
           "that of the result of everything else. An operator that a core does not run in the "
           "format that a precision policy gives it runs on the host, in a subgraph of its own; "
           "`analyze<Model, Precision>(core)` lists a model's operators with the reasons.\n\n"
           "| operator |";
    for (const neuron_core* core : cores) {
        out << ' ' << core->name << " |";
    }
    out << "\n|---|---|---|---|\n";
    for (int k = 0; k < op_count; ++k) {
        if (!is_placed(static_cast<op>(k))) {
            continue;
        }
        out << "| " << name(static_cast<op>(k)) << " |";
        for (const neuron_core* core : cores) {
            out << ' ' << formats_of_row(core->supports.formats[k]) << " |";
        }
        out << '\n';
    }
    out << "\nWhere the rows come from: *published* is stated by the vendor, *inferred* follows "
           "from that.\nNeuronCore-v3 has the rows of NeuronCore-v2.\n";
    operator_sources(out, neuron_core_v1.name, neuron_core_v1_operators);
    operator_sources(out, neuron_core_v2.name, neuron_core_v2_operators);
}

template <class T>
void figures(std::ostream& out, const T& subject) {
    out << "| figure | value | known | source |\n|---|---|---|---|\n";
    each_figure(subject, [&](std::string_view what, std::string_view unit, const figure& f) {
        out << "| " << what << " | " << quantity(f, unit) << " | " << name(f.known) << " | "
            << f.source << " |\n";
    });
}

void hardware_page(std::ostream& out) {
    out << "# Hardware: every figure, and how it is known\n\n";
    generated(out);
    out << "*Published* figures are stated by the vendor. *Inferred* ones follow from published "
           "statements by the argument that is given. What is *calibrated*, fitted to published "
           "measurements, is no figure of the hardware: it stands in `hardware/calibration.hpp`. "
           "A program's own hardware is a `constexpr instance` like these.\n\n## Instances\n\n"
           "| instance | chips | cores | vCPUs | 16-bit TFLOPS | device memory | its bandwidth "
           "| host memory | $/h |\n|---|---|---|---|---|---|---|---|---|\n";
    for (const instance* i : instances) {
        const chip& c = i->chip;
        out << "| " << i->name << " | " << i->chips << " " << c.name << " | " << i->cores() << " | "
            << i->vcpus << " | " << number(2e-12 * i->cores() * c.core.tensor.macs_per_second(), 5)
            << " | " << quantity(i->chips * c.memory_bytes, "bytes") << " | "
            << quantity(i->chips * c.memory_bytes_per_second, "bytes/s") << " | "
            << quantity(i->host_memory_bytes, "bytes") << " | "
            << (i->price_per_hour == 0.0 ? "unknown" : number(i->price_per_hour)) << " |\n";
    }
    out << "\nTFLOPS are those of the tensor engines; the vendor's sums count a little more from "
           "NeuronCore-v2 on. Chips, vCPUs and host memory: ";
    std::string_view last;
    for (const instance* i : instances) {
        if (i->host_memory_bytes.source != last) {
            out << (last.empty() ? "" : "; ") << i->host_memory_bytes.source;
            last = i->host_memory_bytes.source;
        }
    }
    out << ". Prices: " << inf1_xlarge.price_per_hour.source
        << ". Arithmetic of a vCPU, for operators on the host: "
        << quantity(inf1_xlarge.host_flops_per_second, "FLOP/s") << ", "
        << name(inf1_xlarge.host_flops_per_second.known) << ": "
        << inf1_xlarge.host_flops_per_second.source << ".\n";

    for (const chip* c : {&inferentia_chip, &inferentia2_chip, &trainium_chip, &trainium2_chip}) {
        out << "\n## " << c->name << "\n\n" << c->cores << " " << c->core.name << ".\n\n";
        figures(out, *c);
    }
    for (const neuron_core* core : cores) {
        out << "\n## " << core->name << "\n\n";
        figures(out, *core);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view page = argc > 1 ? argv[1] : "";
    if (argc > 3 || (page != "operators" && page != "hardware")) {
        std::cerr << "usage: soma_docs operators | hardware [FILE]\n";
        return 2;
    }
    std::ofstream file;
    if (argc == 3) {
        file.open(argv[2], std::ios::binary);
    }
    std::ostream& out = argc == 3 ? file : std::cout;
    (page == "operators" ? operators_page : hardware_page)(out);
    out.flush();
    if (!out) {
        std::cerr << "soma_docs: cannot write " << (argc == 3 ? argv[2] : "the page") << '\n';
        return 1;
    }
    return 0;
}
