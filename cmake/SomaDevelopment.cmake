# SPDX-License-Identifier: MIT
#
# Flags of soma's own executables. None of them reaches a user of soma::soma.

include("${CMAKE_CURRENT_LIST_DIR}/SomaArch.cmake")

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

option(SOMA_WERROR "Treat warnings in soma's own executables as errors" ON)
set(SOMA_SANITIZE "" CACHE STRING "Sanitizer of soma's own executables: address (with undefined) or thread")
set_property(CACHE SOMA_SANITIZE PROPERTY STRINGS "" address thread)

add_library(soma_warnings INTERFACE)
target_compile_options(soma_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    # g++ 12 sees overlapping copies in the operator+ of its own std::string.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${SOMA_WERROR}>:-Werror>)

add_library(soma_sanitizers INTERFACE)
if(SOMA_SANITIZE STREQUAL "address")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(SOMA_SANITIZE STREQUAL "thread")
    set(flags -fsanitize=thread)
elseif(NOT SOMA_SANITIZE STREQUAL "")
    message(FATAL_ERROR "SOMA_SANITIZE is address or thread, not \"${SOMA_SANITIZE}\"")
endif()
if(NOT SOMA_SANITIZE STREQUAL "")
    target_compile_options(soma_sanitizers INTERFACE ${flags} -fno-omit-frame-pointer -g1)
    target_link_options(soma_sanitizers INTERFACE ${flags})
endif()

add_library(soma_dev INTERFACE)
target_link_libraries(soma_dev INTERFACE soma::soma soma_warnings soma_sanitizers)
soma_arch_flags(${SOMA_ARCH} flags)
target_compile_options(soma_dev INTERFACE ${flags})

find_program(SOMA_CCACHE ccache)
mark_as_advanced(SOMA_CCACHE)
if(SOMA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER AND PROJECT_IS_TOP_LEVEL)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${SOMA_CCACHE})
endif()
