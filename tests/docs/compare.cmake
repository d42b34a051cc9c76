# SPDX-License-Identifier: MIT
#
# Compares FILE with what PROGRAM prints for PAGE.

execute_process(COMMAND "${PROGRAM}" "${PAGE}"
    RESULT_VARIABLE status OUTPUT_VARIABLE expected ERROR_VARIABLE fault)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ${PAGE} fails: ${fault}")
endif()
if(NOT EXISTS "${FILE}")
    message(FATAL_ERROR "there is no ${FILE}; build the target soma_write_docs")
endif()
file(READ "${FILE}" found)
if(NOT found STREQUAL expected)
    message(FATAL_ERROR "${FILE} is not what the headers say; build the target soma_write_docs")
endif()
