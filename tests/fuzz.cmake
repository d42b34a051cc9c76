# SPDX-License-Identifier: MIT
#
# One libFuzzer program per file of fuzz/: soma_fuzz_<stem>.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SOMA_BUILD_FUZZERS needs clang, this is ${CMAKE_CXX_COMPILER_ID}")
endif()

set(flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
file(GLOB fuzzers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*.cpp")
foreach(source IN LISTS fuzzers)
    cmake_path(GET source STEM stem)
    string(REGEX REPLACE "_fuzz$|^fuzz_" "" name "${stem}")
    add_executable(soma_fuzz_${name} "${source}")
    target_link_libraries(soma_fuzz_${name} PRIVATE soma_dev)
    target_include_directories(soma_fuzz_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_options(soma_fuzz_${name} PRIVATE ${flags} -g1)
    target_link_options(soma_fuzz_${name} PRIVATE ${flags})
endforeach()
