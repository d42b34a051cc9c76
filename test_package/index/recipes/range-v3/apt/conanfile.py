# SPDX-License-Identifier: MIT
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy


class RangesFromApt(ConanFile):
    name = "range-v3"
    description = "The headers of the installed package librange-v3-dev"
    license = "BSL-1.0"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"

    def validate_build(self):
        if not os.path.isdir("/usr/include/range/v3"):
            raise ConanInvalidConfiguration("apt-get install librange-v3-dev")

    def package_id(self):
        self.info.clear()

    def package(self):
        for tree in ("range", "meta", "concepts", "std"):
            target = os.path.join(self.package_folder, "include", tree)
            copy(self, "*", os.path.join("/usr/include", tree), target)
        licenses = os.path.join(self.package_folder, "licenses")
        copy(self, "copyright", "/usr/share/doc/librange-v3-dev", licenses)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "range-v3")
        self.cpp_info.set_property("cmake_target_name", "range-v3::range-v3")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
