# SPDX-License-Identifier: MIT
#
# One program of translation units with different instruction sets: none may take a function that
# was compiled for another one.

file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/link/*.cpp")
if(sources)
    add_executable(soma_test_link ${sources})
    target_link_libraries(soma_test_link PRIVATE soma::soma soma_warnings soma_sanitizers)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM stem)
        if(stem MATCHES "^(avx512|avx2|baseline)$")
            soma_arch_flags(${stem} flags)
        else()
            soma_arch_flags(baseline flags)
        endif()
        set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${flags}")
    endforeach()
    add_test(NAME link/mixed_instruction_sets COMMAND soma_test_link)
    set_tests_properties(link/mixed_instruction_sets PROPERTIES LABELS link TIMEOUT 300)
endif()
