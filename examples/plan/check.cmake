# SPDX-License-Identifier: MIT
#
# Runs PROGRAM in ways whose answers have to agree with each other, and on what it has to refuse.

string(RANDOM LENGTH 8 suffix)
set(work "${CMAKE_CURRENT_BINARY_DIR}/plan_check_${suffix}")
file(MAKE_DIRECTORY "${work}")

function(fail text)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "${text}")
endfunction()

# plan(<variable> <arguments>...): what it prints, where it ends with 0 and complains of nothing.
function(plan variable)
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
    if(NOT status EQUAL 2 OR NOT error MATCHES "^plan: ${pattern}" OR NOT output STREQUAL "")
        fail("${ARGN}: ended with ${status}, expected 2 and \"${pattern}\"\n${output}${error}")
    endif()
endfunction()

# Every configuration of the table is in the JSON, with Little's law to the last digits, and the
# chosen one has the highest throughput within the budget.
plan(json --model resnet50 --instance inf1.6xlarge --precision bf16 --latency-ms 20 --json)
string(JSON budget GET "${json}" latency_budget_ms)
string(JSON type GET "${json}" chosen type)
if(NOT type MATCHES "^program<zoo::resnet<50>, bf16, schedule<batch<[0-9]+>, pipeline<[0-9]+>, replicate<[0-9]+>>, on<inf1_6xlarge>>$")
    fail("not a type to paste: ${type}")
endif()
string(JSON chosen_throughput GET "${json}" chosen predicted_throughput)
string(JSON chosen_latency GET "${json}" chosen predicted_latency_ms)
if(chosen_latency GREATER budget)
    fail("chosen: ${chosen_latency} ms with ${budget} allowed")
endif()
string(JSON count LENGTH "${json}" sweep)
if(NOT count EQUAL 210)  # 14 batches x (5 + 4 + 3 + 2 + 1) pairs of cores and copies
    fail("${count} configurations")
endif()
set(kept 0)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON row GET "${json}" sweep ${i})
    string(JSON state GET "${row}" state)
    string(JSON latency GET "${row}" predicted_latency_ms)
    string(JSON throughput GET "${row}" predicted_throughput)
    if(latency LESS_EQUAL budget AND throughput GREATER chosen_throughput)
        fail("chosen: ${chosen_throughput}/s, but there is ${row}")
    endif()
    if(state STREQUAL "cached")
        math(EXPR kept "${kept} + 1")
        string(JSON needed GET "${row}" core_bytes_needed)
        string(JSON available GET "${row}" core_bytes_available)
        if(needed GREATER available)
            fail("cached without room: ${row}")
        endif()
    endif()
endforeach()
string(JSON stages LENGTH "${json}" chosen stages)
string(JSON cores GET "${json}" chosen pipeline_cores)
if(NOT stages EQUAL cores)
    fail("${stages} stages on ${cores} cores")
endif()
foreach(member IN ITEMS core_nodes host_nodes subgraphs placed_operators placed_flops flops host)
    string(JSON ignored GET "${json}" placement ${member})
endforeach()
foreach(member IN ITEMS tensor_efficiency vector_passes call_seconds host_bytes_per_second)
    string(JSON ignored GET "${json}" calibration ${member})
endforeach()
string(JSON source GET "${json}" hardware 0 source)
if(source STREQUAL "")
    fail("a figure without a source")
endif()

# Static weights refuse whatever is not cached, and nothing that is.
plan(static --json --static-weights)
string(REGEX MATCHALL "\"state\": \"cached\"" matches "${static}")
list(LENGTH matches static_kept)
if(static_kept LESS kept OR static MATCHES "\"state\": \"streamed\"")
    fail("${static_kept} configurations keep their weights on chip by order, ${kept} by themselves")
endif()
plan(text --static-weights --batch 1 --cores 1,16)
if(NOT text MATCHES "1 +1 +16 +fail: [^\n]* needed, [^\n]* available" OR NOT text MATCHES "static_weights>, on<")
    fail("--static-weights: ${text}")
endif()

# Both files beside the tables, and a page that loads nothing.
plan(text --model resnet18 --instance inf2.xlarge --precision "fp32 with matmult in bf16"
    --batch 1,2,4 --cores 1,2 --json "${work}/plan.json" --html "${work}/plan.html")
file(READ "${work}/plan.json" json)
string(JSON count LENGTH "${json}" sweep)
if(NOT count EQUAL 9 OR NOT text MATCHES "matmul_cast<bf16>")
    fail("${count} configurations\n${text}")
endif()
file(READ "${work}/plan.html" html)
if(html MATCHES "(src|href)=|@import|url\\(|<script" OR NOT html MATCHES "</svg>.*</html>\n$"
        OR NOT html MATCHES "prefers-color-scheme: dark" OR html MATCHES "nan|inf<")
    fail("not a page of its own")
endif()
foreach(known IN ITEMS published inferred)
    if(NOT html MATCHES ">${known}<")
        fail("no figure is ${known}")
    endif()
endforeach()

# A budget that nothing meets: the tables, a sentence, status 1.
execute_process(COMMAND "${PROGRAM}" --latency-ms 0.01
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE error)
if(NOT status EQUAL 1 OR NOT text MATCHES "Pareto front"
        OR NOT error MATCHES "^plan: no configuration of resnet50 on inf1.6xlarge has a predicted latency of at most 0.01 ms; the lowest is ")
    fail("--latency-ms 0.01: ended with ${status}\n${error}")
endif()

# Groups: consecutive cores; a model on each, or several in the order of loading.
plan(text --groups 2,4,3)
if(NOT text MATCHES "\n0 +0-1 +0 +resnet50 on 1\n1 +2-5 +0-1 +resnet50 on 1\n2 +6-8 +1-2 +resnet50 on 1\n"
        OR NOT text MATCHES "\n7 cores in no group\n")
    fail("--groups 2,4,3: ${text}")
endif()
plan(json --groups 4x1 --instance inf1.xlarge --model resnet50,resnet18,vgg11,resnet34,resnet101 --json)
string(JSON first LENGTH "${json}" groups 0 models)
string(JSON second LENGTH "${json}" groups 1 models)
string(JSON switch GET "${json}" groups 0 models 1 predicted_switch_ms)
string(JSON alone GET "${json}" groups 1 models 0 predicted_switch_ms)
if(NOT first EQUAL 2 OR NOT second EQUAL 1 OR NOT switch GREATER 0 OR NOT alone EQUAL 0)
    fail("five models on four groups: ${json}")
endif()
refuse("--groups: resnet50 needs 4 cores; group 0 has 2" --groups 2,4,3 --cores 4)
refuse("--groups: groups \"8,16\" need 24 cores; inf1.6xlarge has 16" --groups 8,16)
refuse("--groups: groups \"4y1\": allowed are sizes like 2,4,3 or copies x cores like 4x1"
    --groups 4y1)
refuse("--groups: stands beside " --groups 4x1 --latency-ms 3)
refuse("--model: 'alexnet' is no network of the zoo" --groups 4x1 --model resnet50,alexnet)

plan(text --list)
foreach(name IN ITEMS resnet152 bert_base_s128 inf1.24xlarge trn1.32xlarge auto_cast<bf16>)
    if(NOT text MATCHES "${name}")
        fail("--list: no ${name} in ${text}")
    endif()
endforeach()

refuse("--model: 'alexnet' is no network of the zoo; expected one of resnet18, " --model alexnet)
refuse("--instance: 'inf1.3xlarge' is no known instance; expected one of inf1.xlarge, "
    --instance inf1.3xlarge)
refuse("--precision: 'fp8' is no precision policy; expected one of fp32, fp16, " --precision fp8)
refuse("--copies: '3' is no number of equal NeuronCore groups on inf1.6xlarge: each would have 16 / 3 cores"
    --copies 3)
refuse("--copies: '1,2' is more than one number" --copies 1,2)
refuse("8 copies of 4 cores need 32; inf1.6xlarge has 16" --copies 8 --cores 2,4)
refuse("--cores, pipeline cores on inf1.24xlarge: '65' is out of range; expected whole numbers from 1 to 64"
    --instance inf1.24xlarge --cores 65)
refuse("--cores, [^\n]*: '0' is out of range" --cores 1,0)
refuse("--batch: 'two' is no whole number; expected whole numbers from 1 to " --batch 1,two)
refuse("--batch: '' is no whole number" --batch 1,,2)
refuse("--batch: '99999999999' is out of range" --batch 99999999999)
refuse("--latency-ms: '-4' is no latency budget; expected milliseconds, more than 0" --latency-ms=-4)
foreach(budget IN ITEMS 0 nan inf 1e999 5ms)
    refuse("--latency-ms: '${budget}' is no latency budget" --latency-ms ${budget})
endforeach()
refuse("[^\n]*plan.json: cannot be written" --json "${work}/missing/plan.json")
refuse("[^\n]*plan.html: cannot be written" --html "${work}/missing/plan.html")
refuse("[^\n]*--frobnicate" --frobnicate)

execute_process(COMMAND "${PROGRAM}" --help RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0 OR NOT output MATCHES "--model.*--latency-ms.*--html")
    fail("--help ended with ${status}: ${output}")
endif()
file(REMOVE_RECURSE "${work}")
