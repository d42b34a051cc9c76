# SPDX-License-Identifier: MIT
#
# Examples and benchmarks: one folder, one program.

# soma_add_program(<target> <folder>)
#
# Builds <folder>/*.cpp and links the third-party packages that these sources include. If one is
# not found, there is no such target and a line says why.
function(soma_add_program target folder)
    file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
    set(libraries "")
    foreach(source IN LISTS sources)
        file(STRINGS "${source}" includes REGEX "^ *#include <")
        if(includes MATCHES "<stb/")  # headers alone, without a package
            find_path(SOMA_STB_INCLUDE_DIR stb/stb_image.h)
            mark_as_advanced(SOMA_STB_INCLUDE_DIR)
            if(NOT SOMA_STB_INCLUDE_DIR)
                message(STATUS "soma: no ${target}, which needs stb (apt-get install libstb-dev)")
                return()
            endif()
            add_library(${target}_stb INTERFACE)
            target_include_directories(${target}_stb SYSTEM INTERFACE "${SOMA_STB_INCLUDE_DIR}")
            list(APPEND libraries ${target}_stb)
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
                if(NOT TARGET ${library})
                    message(STATUS "soma: no ${target}, which needs ${package} (apt-get install ${deb})")
                    return()
                endif()
                list(APPEND libraries ${library})
            endif()
        endforeach()
    endforeach()
    list(REMOVE_DUPLICATES libraries)
    cmake_path(GET folder PARENT_PATH parent)
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE soma_dev ${libraries})
    target_include_directories(${target} PRIVATE "${parent}")
    target_compile_definitions(${target} PRIVATE
        SOMA_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        SOMA_PROGRAM_DIR="${folder}")
endfunction()
