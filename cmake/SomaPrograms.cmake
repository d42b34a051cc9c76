# SPDX-License-Identifier: MIT
#
# Examples and benchmarks: one folder, one program.

# soma_find_third_party(<variable> <sources>...)
#
# Sets <variable> to the libraries that <sources> include, and <variable>_MISSING to what of them is
# not found and how to get it.
function(soma_find_third_party variable)
    set(libraries "")
    set(missing "")
    foreach(source IN LISTS ARGN)
        file(STRINGS "${source}" includes REGEX "^ *#include <")
        if(includes MATCHES "<stb/")  # headers alone, without a package
            find_path(SOMA_STB_INCLUDE_DIR stb/stb_image.h)
            mark_as_advanced(SOMA_STB_INCLUDE_DIR)
            if(SOMA_STB_INCLUDE_DIR)
                soma_imported_library(soma_stb "${SOMA_STB_INCLUDE_DIR}" "")
                list(APPEND libraries soma_stb)
            else()
                set(missing "stb (apt-get install libstb-dev)")
            endif()
        endif()
        if(includes MATCHES "<ncurses.h>")
            set(CMAKE_REQUIRED_QUIET TRUE)
            set(CURSES_NEED_NCURSES TRUE)
            set(CURSES_NEED_WIDE TRUE)
            find_package(Curses QUIET)
            if(CURSES_FOUND)
                soma_imported_library(soma_curses "${CURSES_INCLUDE_DIRS}" "${CURSES_LIBRARIES}")
                list(APPEND libraries soma_curses)
            else()
                set(missing "ncurses (apt-get install libncurses-dev)")
            endif()
        endif()
        if(includes MATCHES "<httplib.h>")
            # Debian 12 compiles a part of it and says with which macros in a file of pkg-config.
            find_package(httplib QUIET)
            find_package(PkgConfig QUIET)
            if(NOT TARGET httplib::httplib AND PKG_CONFIG_FOUND)
                pkg_check_modules(cpp-httplib QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
            endif()
            if(TARGET httplib::httplib)
                list(APPEND libraries httplib::httplib)
            elseif(TARGET PkgConfig::cpp-httplib)
                list(APPEND libraries PkgConfig::cpp-httplib)
            else()
                set(missing "cpp-httplib (apt-get install libcpp-httplib-dev pkg-config)")
            endif()
        endif()
        foreach(third_party IN ITEMS
                "CLI/CLI.hpp|CLI11|CLI11::CLI11|libcli11-dev"
                "nlohmann/json.hpp|nlohmann_json|nlohmann_json::nlohmann_json|nlohmann-json3-dev"
                "dnnl.hpp|dnnl|DNNL::dnnl|libdnnl-dev"
                "Eigen/Dense|Eigen3|Eigen3::Eigen|libeigen3-dev"
                "cblas.h|BLAS|BLAS::BLAS|libopenblas-dev")
            string(REPLACE "|" ";" third_party "${third_party}")
            list(GET third_party 0 header)
            list(GET third_party 1 package)
            list(GET third_party 2 library)
            list(GET third_party 3 deb)
            if(includes MATCHES "<(oneapi/dnnl/)?${header}>")
                find_package(${package} QUIET)
                if(TARGET ${library})
                    list(APPEND libraries ${library})
                else()
                    set(missing "${package} (apt-get install ${deb})")
                endif()
            endif()
        endforeach()
    endforeach()
    list(REMOVE_DUPLICATES libraries)
    set(${variable} "${libraries}" PARENT_SCOPE)
    set(${variable}_MISSING "${missing}" PARENT_SCOPE)
endfunction()

# soma_imported_library(<target> <include directories> <libraries>), unless it is there
function(soma_imported_library target directories libraries)
    if(NOT TARGET ${target})
        add_library(${target} INTERFACE IMPORTED GLOBAL)
        target_include_directories(${target} SYSTEM INTERFACE ${directories})
        target_link_libraries(${target} INTERFACE ${libraries})
    endif()
endfunction()

# soma_add_program(<target> <folder>)
#
# Builds <folder>/*.cpp and links the third-party packages that these sources include. If one is
# not found, there is no such target and a line says why.
function(soma_add_program target folder)
    file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
    soma_find_third_party(libraries ${sources})
    if(libraries_MISSING)
        message(STATUS "soma: no ${target}, which needs ${libraries_MISSING}")
        return()
    endif()
    cmake_path(GET folder PARENT_PATH parent)
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE soma_dev ${libraries})
    target_include_directories(${target} PRIVATE "${parent}")
    target_compile_definitions(${target} PRIVATE
        SOMA_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        SOMA_PROGRAM_DIR="${folder}")
endfunction()
