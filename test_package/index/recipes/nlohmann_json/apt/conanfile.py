# SPDX-License-Identifier: MIT
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy


class JsonFromApt(ConanFile):
    name = "nlohmann_json"
    description = "The headers of the installed package nlohmann-json3-dev"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"

    def validate_build(self):
        if not os.path.isdir("/usr/include/nlohmann"):
            raise ConanInvalidConfiguration("apt-get install nlohmann-json3-dev")

    def package_id(self):
        self.info.clear()

    def package(self):
        include = os.path.join(self.package_folder, "include/nlohmann")
        copy(self, "*", "/usr/include/nlohmann", include)
        licenses = os.path.join(self.package_folder, "licenses")
        copy(self, "copyright", "/usr/share/doc/nlohmann-json3-dev", licenses)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "nlohmann_json")
        self.cpp_info.set_property("cmake_target_name", "nlohmann_json::nlohmann_json")
        self.cpp_info.set_property("pkg_config_name", "nlohmann_json")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
