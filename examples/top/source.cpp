// SPDX-License-Identifier: MIT

#include "top/source.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <system_error>

#include <httplib.h>

namespace top {

namespace {

/// Why there was no answer, in words.
std::string reason(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection: return "refused or unreachable";
        case httplib::Error::ConnectionTimeout: return "no answer within a second";
        case httplib::Error::Read: return "closed, or silent for two seconds";
        default: return httplib::to_string(error);
    }
}

}  // namespace

std::string address::text() const {
    const bool braces = host.find(':') != std::string::npos;
    return std::string(braces ? "[" : "")
        .append(host)
        .append(braces ? "]:" : ":")
        .append(std::to_string(port));
}

address parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    address found;
    if (colon != std::string::npos) {
        found.host = text.substr(0, colon);
        const char* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data() + colon + 1, last, found.port);
        found.port = error == std::errc() && end == last ? found.port : 0;
    }
    if (found.host.size() > 2 && found.host.front() == '[' && found.host.back() == ']') {
        found.host = found.host.substr(1, found.host.size() - 2);
    } else if (found.host.find_first_of(":/[]") != std::string::npos) {
        found.host.clear();
    }
    if (found.host.empty() || found.port < 1 || found.port > 65535) {
        throw std::invalid_argument("expected host:port, such as localhost:9100, got \"" + text
                                    + '"');
    }
    return found;
}

reading ask(const address& where) {
    httplib::Client client(where.host, where.port);
    client.set_connection_timeout(std::chrono::seconds(1));
    client.set_read_timeout(std::chrono::seconds(2));
    const httplib::Result answer = client.Get("/metrics");
    if (!answer) {
        throw no_metrics("no connection to " + where.text() + ": " + reason(answer.error()));
    }
    if (answer->status != 200) {
        throw no_metrics("http://" + where.text() + "/metrics: expected status 200, got "
                         + std::to_string(answer->status));
    }
    try {
        return read(parse(answer->body));
    } catch (const bad_text& error) {
        throw no_metrics("http://" + where.text() + "/metrics: " + error.what());
    }
}

}  // namespace top
