# SPDX-License-Identifier: MIT

# Sets <result> to "major.minor.patch" as the macros of <header> state it.
function(soma_read_version header result)
    set(numbers "")
    foreach(part IN ITEMS MAJOR MINOR PATCH)
        file(STRINGS "${header}" line REGEX "^#define SOMA_VERSION_${part} [0-9]+")
        if(NOT line MATCHES "SOMA_VERSION_${part} ([0-9]+)")
            message(FATAL_ERROR "soma: ${header} does not define SOMA_VERSION_${part}")
        endif()
        list(APPEND numbers ${CMAKE_MATCH_1})
    endforeach()
    list(JOIN numbers "." numbers)
    set(${result} ${numbers} PARENT_SCOPE)
endfunction()
