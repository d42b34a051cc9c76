# SPDX-License-Identifier: MIT
#
# Compiles SOURCE, which must fail, and looks for the expected texts in the first error line.

list(REMOVE_ITEM INCLUDES ${IMPLICIT_INCLUDES} "")
list(REMOVE_DUPLICATES INCLUDES)
list(TRANSFORM INCLUDES PREPEND -I)

if(COMPILER_ID MATCHES "Clang")
    set(family clang)
    # Like g++, which never limits the notes that lead to an error.
    set(flags -ferror-limit=1 -ftemplate-backtrace-limit=0)
else()
    set(family gcc)
    set(flags -fmax-errors=1)
endif()

# Brackets and semicolons have a meaning in CMake's lists, so they are searched under other names.
function(mask text result)
    string(REPLACE "[" "<bracket-open>" text "${text}")
    string(REPLACE "]" "<bracket-close>" text "${text}")
    string(REPLACE ";" "<semicolon>" text "${text}")
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(READ "${SOURCE}" program)
mask("${program}" program)
string(REGEX MATCHALL "// expect-error(\\(${family}\\))?: [^\n]+" expectations "${program}")
if(NOT expectations)
    message(FATAL_ERROR "${SOURCE} has no line \"// expect-error: <text>\" for ${family}")
endif()

set(ENV{LC_ALL} C)
set(command "${COMPILER}" -std=c++20 -fsyntax-only -fno-diagnostics-color ${flags} ${INCLUDES} "${SOURCE}")
execute_process(COMMAND ${command}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} compiles, but must not")
endif()

set(first_error "")
if(output MATCHES "[^\n]*(^|[^a-z])(fatal )?error: [^\n]*")
    set(first_error "${CMAKE_MATCH_0}")
endif()
mask("${first_error}" searched)

foreach(expectation IN LISTS expectations)
    string(REGEX REPLACE "^// expect-error[^:]*: *" "" text "${expectation}")
    string(STRIP "${text}" text)
    string(FIND "${searched}" "${text}" position)
    if(position EQUAL -1)
        message("expected: ${text}\nfirst error: ${first_error}\nfull output:\n${output}")
        message(FATAL_ERROR "${SOURCE} fails with another error than expected")
    endif()
endforeach()
message("${first_error}")
