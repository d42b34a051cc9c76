# SPDX-License-Identifier: MIT
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy


class CatchFromApt(ConanFile):
    name = "catch2"
    description = "The header and the main function of the installed package catch2"
    license = "BSL-1.0"
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"

    def validate_build(self):
        if not os.path.isfile("/usr/lib/libCatch2WithMain.a"):
            raise ConanInvalidConfiguration("apt-get install catch2")

    def package(self):
        include = os.path.join(self.package_folder, "include/catch2")
        copy(self, "*", "/usr/include/catch2", include)
        copy(self, "libCatch2WithMain.a", "/usr/lib", os.path.join(self.package_folder, "lib"))
        licenses = os.path.join(self.package_folder, "licenses")
        copy(self, "copyright", "/usr/share/doc/catch2", licenses)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "Catch2")
        header = self.cpp_info.components["header"]
        header.set_property("cmake_target_name", "Catch2::Catch2")
        header.libdirs = []
        main = self.cpp_info.components["main"]
        main.set_property("cmake_target_name", "Catch2::Catch2WithMain")
        main.requires = ["header"]
        main.libs = ["Catch2WithMain"]
