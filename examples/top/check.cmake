# SPDX-License-Identifier: MIT
#
# Runs PROGRAM against itself over HTTP, and on what it has to refuse.

# refuse(<status> <regular expression> <arguments>...): nothing printed, a message that matches.
function(refuse status pattern)
    execute_process(COMMAND "${PROGRAM}" ${ARGN}
        RESULT_VARIABLE got OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT got EQUAL status OR NOT error MATCHES "^top: ${pattern}" OR NOT output STREQUAL "")
        message(FATAL_ERROR "${ARGN}: ended with ${got}, expected ${status} and \"${pattern}\"\n${output}${error}")
    endif()
endfunction()

# A demonstration that serves its metrics, and beside it the program that asks for them; the first
# one's figures go into the second one's input, which does not read it.
set(served FALSE)
foreach(try RANGE 4)
    string(RANDOM LENGTH 4 ALPHABET 0123456789 port)
    math(EXPR port "20000 + ${port}")
    execute_process(
        COMMAND "${PROGRAM}" --once --interval 6 --serve ${port}
        COMMAND sh -c "sleep 3; exec \"$0\" --once --interval 1 --connect 127.0.0.1:${port}"
            "${PROGRAM}"
        RESULTS_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT error MATCHES "cannot listen")
        set(served TRUE)
        break()
    endif()
endforeach()
if(NOT served OR NOT status STREQUAL "0;0" OR NOT error STREQUAL "")
    message(FATAL_ERROR "--serve and --connect ended with ${status}:\n${output}${error}")
endif()
foreach(part IN ITEMS "soma top   host, [1-9]" "over [1-9]" "127.0.0.1:${port}"
        "group 0, busy" " digits +[1-9]" " perceptron +[1-9]" "bf16, batch 8")
    if(NOT output MATCHES "${part}")
        message(FATAL_ERROR "--connect: no ${part}:\n${output}")
    endif()
endforeach()

# Port 1 is nobody's.
refuse(1 "no connection to 127.0.0.1:1: " --once --connect 127.0.0.1:1)
refuse(2 "--connect: expected host:port, such as localhost:9100, got \"localhost\"" --connect localhost)
refuse(2 "--connect: expected host:port" --connect localhost:0)
refuse(2 "--connect: expected host:port" --connect localhost:65536)
refuse(2 "--connect: expected host:port" --connect http://localhost:9100)
refuse(2 "--connect: expected host:port" --connect ::1:9100)
refuse(1 "no connection to \\[::1\\]:1: " --once --connect [::1]:1)
refuse(2 "--interval: expected a number from 0.1 to 3600" --interval 0)
refuse(2 "--serve: expected a port from 0 to 65535" --serve 65536)
refuse(2 "--serve: is for the demonstration" --serve 0 --connect localhost:1)
refuse(2 "[^\n]*--frobnicate" --frobnicate)

execute_process(COMMAND "${PROGRAM}" --help RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0 OR NOT output MATCHES "--connect.*--serve.*--interval.*--once.*--no-color")
    message(FATAL_ERROR "--help ended with ${status}: ${output}")
endif()
