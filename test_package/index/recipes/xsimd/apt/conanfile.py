# SPDX-License-Identifier: MIT
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy


class XsimdFromApt(ConanFile):
    name = "xsimd"
    description = "The headers of the installed package libxsimd-dev"
    license = "BSD-3-Clause"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"

    def validate_build(self):
        if not os.path.isdir("/usr/include/xsimd"):
            raise ConanInvalidConfiguration("apt-get install libxsimd-dev")

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "*", "/usr/include/xsimd", os.path.join(self.package_folder, "include/xsimd"))
        licenses = os.path.join(self.package_folder, "licenses")
        copy(self, "copyright", "/usr/share/doc/libxsimd-dev", licenses)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "xsimd")
        self.cpp_info.set_property("cmake_target_name", "xsimd")
        self.cpp_info.set_property("pkg_config_name", "xsimd")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
