# SPDX-License-Identifier: MIT
#
# Runs PROGRAM on the rows it comes with, whose errors have limits, on files of every shape that
# it reads, and on what it has to refuse.

set(rows "${CMAKE_CURRENT_LIST_DIR}/inferentia.csv")
string(RANDOM LENGTH 8 suffix)
set(work "${CMAKE_CURRENT_BINARY_DIR}/predict_check_${suffix}")
file(MAKE_DIRECTORY "${work}")

function(fail text)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "${text}")
endfunction()

# predict(<variable> <arguments>...): what it prints, where it ends with 0 and complains of nothing.
function(predict variable)
    execute_process(COMMAND "${PROGRAM}" ${ARGN}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT status EQUAL 0 OR NOT error STREQUAL "")
        fail("${ARGN}: ended with ${status}\n${output}${error}")
    endif()
    set(${variable} "${output}" PARENT_SCOPE)
endfunction()

# refuse(<regular expression> <arguments>...): status 2, nothing printed, a message that matches.
function(refuse pattern)
    execute_process(COMMAND "${PROGRAM}" ${ARGN}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT status EQUAL 2 OR NOT error MATCHES "^${pattern}" OR NOT output STREQUAL "")
        fail("${ARGN}: ended with ${status}, expected 2 and \"${pattern}\"\n${output}${error}")
    endif()
endfunction()

# The limits that the cost model is held to.
predict(json "${rows}" --json)
string(JSON count LENGTH "${json}" rows)
if(NOT count EQUAL 12)
    fail("${count} rows and not 12")
endif()
foreach(limit IN ITEMS "median_error LESS_EQUAL 0.08" "worst_error LESS_EQUAL 0.25"
        "spearman GREATER_EQUAL 0.97")
    string(REPLACE " " ";" limit "${limit}")
    list(POP_FRONT limit name)
    string(JSON value GET "${json}" ${name})
    if(NOT value ${limit})
        fail("${name} is ${value}, expected ${limit}")
    endif()
endforeach()
string(JSON left_out GET "${json}" leave_one_out median_error)
if(NOT left_out GREATER 0)
    fail("leave_one_out: median_error is ${left_out}")
endif()
# Nothing beside JSON, and the members that a reader may count on.
if(NOT json MATCHES "^{\n.*\n}\n$")
    fail("more than JSON: ${json}")
endif()
foreach(member IN ITEMS id published_throughput predicted_throughput published_latency_ms
        predicted_latency_ms throughput_error latency_error bottleneck)
    string(JSON type ERROR_VARIABLE error TYPE "${json}" rows 3 ${member})
    if(error OR type STREQUAL "NULL")
        fail("row 3, ${member}: ${type}${error}")
    endif()
endforeach()
# The first row has no published latency.
string(JSON type TYPE "${json}" rows 0 latency_error)
if(NOT type STREQUAL "NULL")
    fail("an error of nothing: ${type}")
endif()

# JSON where it is asked for, and the text as without it.
predict(text "${rows}")
predict(again "${rows}" --json "${work}/report.json")
file(READ "${work}/report.json" written)
if(NOT written STREQUAL json OR NOT again STREQUAL text)
    fail("--json FILE: ${again}${written}")
endif()
# The file to read is never written to, whatever the order of arguments.
file(COPY_FILE "${rows}" "${work}/rows.csv")
predict(again --json "${work}/rows.csv")
if(NOT again STREQUAL json)
    fail("--json before FILE: ${again}")
endif()
refuse("predict: --json: [^\n]*rows.csv is the file to read" "${work}/rows.csv" --json "${work}/rows.csv")

predict(fitted "${rows}" --calibrate)
foreach(part IN ITEMS ".tensor_efficiency = " ".vector_passes = " ".call_seconds = "
        ".host_bytes_per_second = ")
    string(FIND "${fitted}" "${part}" at)
    if(at EQUAL -1)
        fail("--calibrate: no ${part}: ${fitted}")
    endif()
endforeach()
predict(twice "${rows}" --calibrate)
if(NOT fitted STREQUAL twice)
    fail("two calibrations differ: ${fitted}${twice}")
endif()

# A file as other programs write it: a mark, quotes, other order, blank lines, 2.0, \r\n.
string(CONCAT other
    "precision,model,\"instance\",id,n_models,cores_per_model,batch_size,workers_per_model,"
    "throughput_per_s,latency_p50_ms,core_generation\r\n\r\n"
    "\"fp32, auto-cast to bf16\",bert_base_s128,inf1.xlarge, a ,4.0,1,6,2.0,1180.7,40.6,\r\n"
    " ,,,,,,,,,,\r\n"
    "FP16,resnet50,inf1.6xlarge,\"b \"\"quoted\"\"\",16,1,1,,,,neuron_core_v1")
file(WRITE "${work}/other.csv" "${other}")
predict(json "${work}/other.csv" --json)
string(JSON first GET "${json}" rows 0 id)
string(JSON second GET "${json}" rows 1 id)
string(JSON type TYPE "${json}" rows 1 throughput_error)
string(JSON spearman TYPE "${json}" spearman)
if(NOT first STREQUAL "a" OR NOT second STREQUAL "b \"quoted\"" OR NOT type STREQUAL "NULL"
        OR NOT spearman STREQUAL "NULL")
    fail("other.csv: ${json}")
endif()

# refuse_row(<regular expression> <fields>): a file whose third line has these.
string(CONCAT header "id,model,instance,core_generation,n_models,cores_per_model,batch_size,"
    "workers_per_model,precision,throughput_per_s,latency_p50_ms,latency_p99_ms,note\n")
set(good "good,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,100,10,,\n")
function(refuse_row pattern fields)
    file(WRITE "${work}/bad.csv" "${header}${good}${fields}\n")
    refuse("[^\n]*bad.csv:3: ${pattern}[^\n]*\n$" "${work}/bad.csv")
endfunction()
refuse_row("model \"resnet51\": expected one of resnet18, "
    "a,resnet51,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,100,10,,")
refuse_row("instance \"inf9.xlarge\": expected one of inf1.xlarge, "
    "a,resnet50,inf9.xlarge,neuron_core_v1,1,1,1,1,fp16,100,10,,")
refuse_row("precision \"fp8\": expected one of fp32, "
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp8,100,10,,")
refuse_row("core_generation \"neuron_core_v2\": expected neuron_core_v1, the cores of inf1.xlarge"
    "a,resnet50,inf1.xlarge,neuron_core_v2,1,1,1,1,fp16,100,10,,")
refuse_row("batch_size \"many\": expected a whole number from 1 to 65536"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,many,1,fp16,100,10,,")
refuse_row("batch_size \"-3\": expected a whole number from 1"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,-3,1,fp16,100,10,,")
refuse_row("workers_per_model \"1.5\": expected a whole number from 1"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1.5,fp16,100,10,,")
refuse_row("cores_per_model \"65\": expected a whole number from 1 to 64"
    "a,resnet50,inf1.24xlarge,neuron_core_v1,1,65,1,1,fp16,100,10,,")
refuse_row("3 models x 2 cores = 6 cores: expected at most 4, those of inf1.xlarge"
    "a,resnet50,inf1.xlarge,neuron_core_v1,3,2,1,1,fp16,100,10,,")
refuse_row("throughput_per_s \"0\": expected a positive number"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,0,10,,")
refuse_row("latency_p50_ms \"nan\": expected a positive number"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,100,nan,,")
refuse_row("12 columns: expected 13" "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,100,10,")
refuse_row("the quotes that begin on line 3 do not end"
    "a,resnet50,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,100,10,,\"a note")

# Every bad row is listed, with everything that is wrong with it.
file(WRITE "${work}/bad.csv" "${header}a,resnet51,inf1.xlarge,,1,1,0,1,fp16,1,1,,\n${good}b,,,\n")
refuse("[^\n]*bad.csv:2: model [^\n]*\n[^\n]*bad.csv:2: batch_size [^\n]*\n[^\n]*bad.csv:4: 4 columns[^\n]*\n$"
    "${work}/bad.csv")

file(WRITE "${work}/empty.csv" "")
file(WRITE "${work}/header.csv" "${header}")
file(WRITE "${work}/columns.csv" "id,model\na,resnet50\n")
file(WRITE "${work}/twice.csv" "id,${header}")
refuse("[^\n]*empty.csv:1: the file is empty: expected a line with the columns id,model,"
    "${work}/empty.csv")
refuse("[^\n]*header.csv:1: no row follows" "${work}/header.csv")
refuse("[^\n]*columns.csv:1: no column instance, core_generation, " "${work}/columns.csv")
refuse("[^\n]*twice.csv:1: column \"id\" appears more than once" "${work}/twice.csv")
refuse("predict: [^\n]*missing.csv: cannot be read" "${work}/missing.csv")
refuse("predict: [^\n]*: cannot be read" "${work}")
refuse("predict: [^\n]*--frobnicate" --frobnicate)
refuse("predict: [^\n]*report.json" "${rows}" --json "${work}/missing/report.json")

execute_process(COMMAND "${PROGRAM}" --help RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0 OR NOT output MATCHES "--json.*--calibrate")
    fail("--help ended with ${status}: ${output}")
endif()
file(REMOVE_RECURSE "${work}")
