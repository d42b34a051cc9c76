// SPDX-License-Identifier: MIT
#include "models/onednn_network.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bench {

network read_network(const std::string& path) {
    network result;
    std::ifstream text(path + ".txt");
    for (std::string line; std::getline(text, line);) {
        std::istringstream fields(line);
        network_step s;
        if (!(fields >> s.kind >> s.source >> s.residual >> s.in_c >> s.in_size >> s.out_c
              >> s.out_size >> s.window >> s.stride >> s.pad >> s.relu >> s.weights >> s.bias)) {
            throw std::runtime_error(path + ".txt: not a step: " + line);
        }
        result.steps.push_back(s);
    }
    const auto bytes = std::filesystem::file_size(path + ".bin");
    result.parameters.resize(bytes / sizeof(float));
    std::ifstream file(path + ".bin", std::ios::binary);
    if (result.steps.empty()
        || !file.read(reinterpret_cast<char*>(result.parameters.data()),
                      static_cast<std::streamsize>(bytes))) {
        throw std::runtime_error("cannot read the network " + path);
    }
    return result;
}

}  // namespace bench
