# SPDX-License-Identifier: MIT
#
# The pages of docs/ that are generated from the headers are what the headers say.

# A package of the sources may have no docs/.
if(NOT EXISTS "${PROJECT_SOURCE_DIR}/docs")
    return()
endif()

add_executable(soma_docs "${CMAKE_CURRENT_SOURCE_DIR}/docs/pages.cpp")
target_link_libraries(soma_docs PRIVATE soma_dev)

set(commands "")
foreach(page IN ITEMS operators hardware)
    set(file "${PROJECT_SOURCE_DIR}/docs/${page}.md")
    add_test(NAME docs/${page}
        COMMAND ${CMAKE_COMMAND}
            "-DPROGRAM=$<TARGET_FILE:soma_docs>"
            "-DPAGE=${page}"
            "-DFILE=${file}"
            -P "${CMAKE_CURRENT_SOURCE_DIR}/docs/compare.cmake")
    set_tests_properties(docs/${page} PROPERTIES LABELS docs TIMEOUT 60)
    list(APPEND commands COMMAND soma_docs ${page} "${file}")
endforeach()

add_custom_target(soma_write_docs ${commands} VERBATIM)
