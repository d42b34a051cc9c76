// SPDX-License-Identifier: MIT

#include "predict/published_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>
#include <utility>

#include <soma/hardware/instances.hpp>
#include <soma/hardware/prediction.hpp>
#include <soma/io/load_error.hpp>

namespace published {

namespace {

using soma::io::in_quotes;

/// Lines of fields, as RFC 4180 has them.
struct record {
    int line = 0;
    std::vector<std::string> fields;
    std::string fault;

    [[nodiscard]] bool blank() const {
        for (const std::string& field : fields) {
            if (!field.empty()) {
                return false;
            }
        }
        return fault.empty();
    }
};

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class record_reader {
public:
    explicit record_reader(std::string_view text) : text_(text) {
        constexpr std::string_view mark = "\xEF\xBB\xBF";  // spreadsheets put it before UTF-8
        at_ = text_.starts_with(mark) ? mark.size() : 0;
    }

    /// The next record, in `next`; false at the end.
    bool read(record& next) {
        if (at_ >= text_.size()) {
            return false;
        }
        next = {};
        next.line = line_;
        while (true) {
            next.fields.push_back(read_field(next.fault));
            if (at_ < text_.size() && text_[at_] == ',') {
                ++at_;
                continue;
            }
            end_line();
            return true;
        }
    }

private:
    /// Up to the comma or the end of the line, which stays.
    std::string read_field(std::string& fault) {
        const std::size_t first = text_.find_first_not_of(blanks, at_);
        if (first != std::string_view::npos && text_[first] == '"') {
            at_ = first + 1;
            return read_quoted(fault);
        }
        return std::string(trimmed(read_plain()));
    }

    std::string_view read_plain() {
        const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        const std::size_t begin = std::exchange(at_, end);
        return text_.substr(begin, end - begin);
    }

    std::string read_quoted(std::string& fault) {
        std::string value;
        const int first_line = line_;
        while (true) {
            const std::size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) {
                fault =
                    "the quotes that begin on line " + std::to_string(first_line) + " do not end";
                at_ = text_.size();
                return value;
            }
            for (; at_ < quote; ++at_) {
                value += text_[at_];
                line_ += text_[at_] == '\n' ? 1 : 0;
            }
            ++at_;
            if (at_ < text_.size() && text_[at_] == '"') {
                value += '"';
                ++at_;
                continue;
            }
            if (const std::string_view rest = trimmed(read_plain()); !rest.empty()) {
                fault = in_quotes(rest) + " after a field in quotes: expected a comma";
            }
            return value;
        }
    }

    void end_line() {
        if (at_ < text_.size() && text_[at_] == '\r') {
            ++at_;
            if (at_ >= text_.size() || text_[at_] != '\n') {
                ++line_;
                return;
            }
        }
        ++at_;
        ++line_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

struct column {
    std::string_view name;
    bool required;
};
enum {
    id,
    model,
    instance,
    core_generation,
    n_models,
    cores_per_model,
    batch_size,
    workers_per_model,
    precision,
    throughput,
    latency_p50,
    latency_p99,
    note
};
constexpr std::array columns{
    column{"id", true},
    column{"model", true},
    column{"instance", true},
    column{"core_generation", true},
    column{"n_models", true},
    column{"cores_per_model", true},
    column{"batch_size", true},
    column{"workers_per_model", false},
    column{"precision", true},
    column{"throughput_per_s", true},
    column{"latency_p50_ms", true},
    column{"latency_p99_ms", false},
    column{"note", false},
};

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

class parser {
public:
    explicit parser(std::string_view file) : file_(file) {}

    [[nodiscard]] table parse(std::string_view text) {
        record_reader reader(text);
        record next;
        bool any = false;
        while (!any && reader.read(next)) {
            any = !next.blank();
        }
        line_ = any ? next.line : 1;
        if (!any) {
            fault("the file is empty: expected a line with the columns " + all_columns());
            return std::move(table_);
        }
        if (!read_header(next)) {
            return std::move(table_);
        }
        while (reader.read(next)) {
            if (!next.blank()) {
                read_row(next);
            }
        }
        if (table_.rows.empty() && table_.faults.empty()) {
            fault("no row follows the names of the columns");
        }
        return std::move(table_);
    }

private:
    static std::string all_columns() {
        std::string text;
        for (const column& each : columns) {
            text.append(text.empty() ? "" : ",").append(each.name);
        }
        return text;
    }

    void fault(std::string_view what) {
        table_.faults.push_back(
            std::string(file_).append(":").append(std::to_string(line_)).append(": ").append(what));
    }

    /// A value that is not what it should be.
    void fault(int where, std::string_view value, std::string_view wanted) {
        fault(std::string(columns[static_cast<std::size_t>(where)].name)
                  .append(" ")
                  .append(in_quotes(value))
                  .append(": ")
                  .append(wanted));
    }

    bool read_header(const record& header) {
        if (!header.fault.empty()) {
            fault(header.fault);
            return false;
        }
        field_count_ = header.fields.size();
        position_.fill(npos);
        std::string unread;
        for (std::size_t f = 0; f < header.fields.size(); ++f) {
            const std::string& name = header.fields[f];
            bool known = false;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                if (columns[c].name != name) {
                    continue;
                }
                known = true;
                if (position_[c] != npos) {
                    fault("column " + in_quotes(name) + " appears more than once");
                }
                position_[c] = f;
            }
            if (!known) {
                unread.append(unread.empty() ? "" : ", ").append(in_quotes(name));
            }
        }
        std::string missing;
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (columns[c].required && position_[c] == npos) {
                missing.append(missing.empty() ? "" : ", ").append(columns[c].name);
            }
        }
        if (!missing.empty()) {
            fault("no column " + missing + ": expected a line with the columns " + all_columns()
                  + (unread.empty() ? "" : ", found " + unread));
        } else if (!unread.empty()) {
            table_.remarks.push_back(std::string(file_)
                                         .append(":")
                                         .append(std::to_string(line_))
                                         .append(": not read: ")
                                         .append(unread));
        }
        return table_.faults.empty();
    }

    [[nodiscard]] std::string_view field(const record& from, int where) const {
        const std::size_t at = position_[static_cast<std::size_t>(where)];
        return at == npos ? std::string_view{} : trimmed(from.fields[at]);
    }

    /// A whole number from 1 to `most`; 0 and a fault where it is none.
    int count(const record& from, int where, int most) {
        const std::string_view text = field(from, where);
        const std::optional<double> value = number_of(text);
        // "2.0" is what a table program makes of a 2 in a column with gaps.
        if (!value || *value < 1 || *value > most || *value != std::floor(*value)) {
            fault(where, text, "expected a whole number from 1 to " + std::to_string(most));
            return 0;
        }
        return static_cast<int>(*value);
    }

    std::optional<double> measurement(const record& from, int where) {
        const std::string_view text = field(from, where);
        if (text.empty()) {
            return std::nullopt;
        }
        const std::optional<double> value = number_of(text);
        if (!value || *value <= 0) {
            fault(where, text, "expected a positive number, or nothing where none was published");
            return std::nullopt;
        }
        return value;
    }

    void read_row(const record& from) {
        line_ = from.line;
        if (!from.fault.empty()) {
            fault(from.fault);
            return;
        }
        if (from.fields.size() != field_count_) {
            fault(std::to_string(from.fields.size()).append(" columns: expected ")
                  + std::to_string(field_count_) + ", as many as there are names");
            return;
        }
        const std::size_t faults_before = table_.faults.size();
        row r;
        r.line = from.line;
        r.id = field(from, id);
        if (r.id.empty()) {
            fault(id, r.id, "expected a name for the row");
        }
        if (const auto found = examples::find_network(field(from, model))) {
            r.network = *found;
        } else {
            fault(model, field(from, model), examples::expected_network());
        }
        r.precision = examples::find_precision(field(from, precision));
        if (r.precision == nullptr) {
            fault(precision, field(from, precision), examples::expected_precision());
        }
        r.how.copies = count(from, n_models, most_samples);
        r.how.pipeline_cores = count(from, cores_per_model, soma::max_stages);
        r.how.batch = count(from, batch_size, most_samples);
        r.how.workers = field(from, workers_per_model).empty()
                            ? 0
                            : count(from, workers_per_model, most_samples);
        r.throughput = measurement(from, throughput);
        r.latency_ms = measurement(from, latency_p50);
        static_cast<void>(measurement(from, latency_p99));

        r.where = soma::find_instance(field(from, instance));
        if (r.where == nullptr) {
            fault(instance, field(from, instance), examples::expected_instance());
        } else {
            check_cores(from, r);
        }
        if (table_.faults.size() == faults_before) {
            table_.rows.push_back(std::move(r));
        }
    }

    void check_cores(const record& from, const row& r) {
        const std::string_view generation = field(from, core_generation);
        if (!generation.empty() && generation != r.where->chip.core.known_as) {
            fault(core_generation, generation,
                  std::string("expected ")
                      .append(r.where->chip.core.known_as)
                      .append(", the cores of ")
                      .append(r.where->name));
        }
        const long long cores = 1LL * r.how.copies * r.how.pipeline_cores;
        if (cores > r.where->cores()) {
            fault(std::to_string(r.how.copies)
                      .append(" models x ")
                      .append(std::to_string(r.how.pipeline_cores))
                      .append(" cores = ")
                      .append(std::to_string(cores))
                      .append(" cores: expected at most ")
                      .append(std::to_string(r.where->cores()))
                      .append(", those of ")
                      .append(r.where->name));
        }
    }

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    std::string_view file_;
    int line_ = 1;
    std::size_t field_count_ = 0;
    std::array<std::size_t, columns.size()> position_{};
    table table_;
};

}  // namespace

table parse(std::string_view text, std::string_view file) {
    return parser(file).parse(text);
}

}  // namespace published
