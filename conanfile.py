# SPDX-License-Identifier: MIT
import os
import re

from conan import ConanFile
from conan.errors import ConanException, ConanInvalidConfiguration
from conan.tools.build import can_run, check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir
from conan.tools.scm import Version

required_conan_version = ">=2.4"

OLDEST_COMPILERS = {"gcc": "12", "clang": "16", "apple-clang": "15"}


class SomaRecipe(ConanFile):
    name = "soma"
    description = "Neural networks as types, executed on software NeuronCores"
    license = "MIT"
    topics = ("neural-network", "inference", "simd", "neuron", "header-only")

    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"  # of the tests; the package has none
    exports_sources = (
        "CMakeLists.txt",
        "LICENSE",
        "cmake/*",
        "include/*",
        "tests/*",
        "examples/digits/*",  # the tests read it, too
    )
    no_copy_source = True

    @property
    def _with_tests(self):
        return not self.conf.get("tools.build:skip_test", default=False, check_type=bool)

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include/soma/base/version.hpp"))
        numbers = dict(re.findall(r"#define SOMA_VERSION_(MAJOR|MINOR|PATCH) (\d+)", header))
        try:
            self.version = "{MAJOR}.{MINOR}.{PATCH}".format(**numbers)
        except KeyError as part:
            raise ConanException(f"version.hpp does not define SOMA_VERSION_{part}")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("xsimd/[>=8.1.0 <15]", transitive_headers=True)
        self.requires("range-v3/[>=0.12.0 <1]", transitive_headers=True)

    def build_requirements(self):
        if self._with_tests:
            self.test_requires("catch2/[>=2.13.10 <4]")
            self.test_requires("nlohmann_json/[>=3.11 <4]")

    def validate(self):
        check_min_cppstd(self, 20)
        compiler = str(self.settings.compiler)
        oldest = OLDEST_COMPILERS.get(compiler)
        if oldest and Version(self.settings.compiler.version) < oldest:
            raise ConanInvalidConfiguration(f"{self.ref} needs {compiler} {oldest} or newer")

    def package_id(self):
        self.info.clear()

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["SOMA_BUILD_TESTS"] = self._with_tests
        toolchain.cache_variables["SOMA_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["SOMA_WERROR"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()
        if self._with_tests and can_run(self):
            cmake.ctest(cli_args=["--output-on-failure"])

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Consumers get the files that their own generator writes.
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "soma")
        self.cpp_info.set_property("cmake_target_name", "soma::soma")
        self.cpp_info.set_property("pkg_config_name", "soma")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
