# SPDX-License-Identifier: MIT
#
# Runs PROGRAM on one picture in three file formats, with weights from memory and from a file, and
# on everything it has to refuse. With SANITIZE, memory is not looked at.

set(data "${CMAKE_CURRENT_LIST_DIR}/data")
string(RANDOM LENGTH 8 suffix)
set(work "${CMAKE_CURRENT_BINARY_DIR}/resnet50_check_${suffix}")
file(MAKE_DIRECTORY "${work}")

function(fail text)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "${text}")
endfunction()

# classify(<prefix> <arguments>...): the JSON report's top five in <prefix>_classes and
# <prefix>_probabilities, all of it in <prefix>_json.
function(classify prefix)
    execute_process(COMMAND "${PROGRAM}" ${ARGN} --json "${work}/report.json"
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT status EQUAL 0)
        fail("${ARGN}: ended with ${status}\n${output}${error}")
    endif()
    file(READ "${work}/report.json" json)
    string(JSON count LENGTH "${json}" top)
    if(NOT count EQUAL 5)
        fail("${ARGN}: ${count} classes and not 5")
    endif()
    set(classes "")
    set(probabilities "")
    foreach(i RANGE 4)
        string(JSON class GET "${json}" top ${i} class)
        string(JSON probability GET "${json}" top ${i} probability)
        list(APPEND classes ${class})
        list(APPEND probabilities ${probability})
    endforeach()
    set(${prefix}_classes "${classes}" PARENT_SCOPE)
    set(${prefix}_probabilities "${probabilities}" PARENT_SCOPE)
    set(${prefix}_json "${json}" PARENT_SCOPE)
endfunction()

# refuse(<regular expression> <arguments>...): status 2 and one message that matches.
function(refuse pattern)
    execute_process(COMMAND "${PROGRAM}" ${ARGN}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
    if(NOT status EQUAL 2 OR NOT error MATCHES "^resnet50: ${pattern}" OR NOT output STREQUAL "")
        fail("${ARGN}: ended with ${status}, expected 2 and \"${pattern}\"\n${output}${error}")
    endif()
endfunction()

# A PNG and a PPM hold the same pixels; a JPEG is a little off.
classify(png "${data}/still_life.png" --save-weights "${work}/weights")
classify(ppm "${data}/still_life.ppm")
classify(jpeg "${data}/still_life.jpg")
if(NOT png_classes STREQUAL ppm_classes OR NOT png_probabilities STREQUAL ppm_probabilities)
    fail("PNG ${png_classes} (${png_probabilities}) and PPM ${ppm_classes} (${ppm_probabilities})")
endif()
if(NOT png_classes STREQUAL jpeg_classes)
    fail("PNG ${png_classes} and JPEG ${jpeg_classes}")
endif()

# The same weights from their file, with names for the classes.
set(names "")
foreach(i RANGE 999)
    string(APPEND names "the name of ${i}\n")
endforeach()
file(WRITE "${work}/labels" "${names}")
classify(file "${data}/still_life.png" --weights "${work}/weights" --labels "${work}/labels")
if(NOT png_probabilities STREQUAL file_probabilities)
    fail("weights from a file: ${file_probabilities} and not ${png_probabilities}")
endif()
list(GET file_classes 0 first)
string(JSON label GET "${file_json}" top 0 label)
if(NOT label STREQUAL "the name of ${first}")
    fail("class ${first} is called ${label}")
endif()
string(JSON peak GET "${file_json}" peak_resident_bytes)
string(JSON packed GET "${file_json}" packed_bytes)
string(JSON arena GET "${file_json}" arena_bytes)
math(EXPR most "(${packed} + ${arena}) * 5 / 4")
if(NOT SANITIZE AND peak GREATER most)
    fail("${peak} bytes resident for ${packed} of weights and ${arena} of activations")
endif()

# Every other precision finds the same class first.
foreach(precision IN ITEMS fp16 bf16 matmul_cast<fp16> matmul_cast<bf16> auto_cast<fp16>
        auto_cast<bf16>)
    classify(other "${data}/still_life.png" --weights "${work}/weights" --precision ${precision})
    list(GET other_classes 0 other)
    if(NOT other STREQUAL first)
        fail("${precision}: class ${other} and not ${first}")
    endif()
endforeach()

file(WRITE "${work}/text" "no image at all, and no weights either")
file(WRITE "${work}/few" "one name\n")
file(WRITE "${work}/cut.ppm" "P6\n64 64\n255\nabc")
set(digits "${CMAKE_CURRENT_LIST_DIR}/../digits/data/digits_resnet.safetensors")
refuse("missing.png: cannot be read" missing.png)
refuse("[^\n]*text: expected a PNG, JPEG or binary PPM image" "${work}/text")
refuse("[^\n]*cut.ppm: the image ends too early" "${work}/cut.ppm")
refuse("[^\n]*resnet_check_missing: cannot be opened" --weights "${work}/resnet_check_missing")
refuse("[^\n]*text: header: " --weights "${work}/text")
refuse("[^\n]*digits_resnet.safetensors: [0-9]+ faults, the first: tensor" --weights "${digits}")
refuse("[^\n]*few: expected 1000 lines, one for each class, found 1" --labels "${work}/few")
refuse("--precision: unknown precision 'fp8'; there are fp32, fp16, bf16, matmul_cast<fp16>"
    --precision fp8)
refuse("--top: expected a number from 1 to 1000" --top 0)
refuse("--repeat: expected a number from 1" --repeat -1)
refuse("[^\n]*--frobnicate" --frobnicate)
refuse("[^\n]*report.json: cannot be written" --json "${work}/missing/report.json")

execute_process(COMMAND "${PROGRAM}" --help RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0 OR NOT output MATCHES "--weights.*--precision")
    fail("--help ended with ${status}: ${output}")
endif()
file(REMOVE_RECURSE "${work}")
