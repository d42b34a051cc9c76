# SPDX-License-Identifier: MIT
#
# How soma finds the libraries it includes. Read by the build tree and by the installed package.

# soma_find_dependency(<package> <target> <least> <below> <deb package> <fault>)
#
# Appends to the variable <fault> a sentence if the package is missing or of an unknown version.
# The range is checked here and not by find_package: the version files of these packages accept
# only their own release series. A macro, since what find_package sets must reach the caller.
macro(soma_find_dependency package target least below deb fault)
    if(NOT TARGET ${target})
        find_package(${package} QUIET)
    endif()
    if(NOT TARGET ${target})
        string(APPEND ${fault}
            "soma needs ${package} >= ${least} and < ${below}, and CMake finds no such package.\n"
            "  Debian, Ubuntu:  apt-get install ${deb}\n"
            "  Conan:           requires ${package}/[>=${least} <${below}]\n"
            "  elsewhere:       -DCMAKE_PREFIX_PATH=<the prefix it is installed in>\n")
    elseif("${${package}_VERSION}" MATCHES "^[0-9]+[.]"     # snapshots have no such number
           AND ("${${package}_VERSION}" VERSION_LESS "${least}"
                OR "${${package}_VERSION}" VERSION_GREATER_EQUAL "${below}"))
        string(APPEND ${fault}
            "soma needs ${package} >= ${least} and < ${below}, and CMake finds"
            " ${${package}_VERSION} in ${${package}_DIR}.\n")
    endif()
endmacro()

# Some distributions' xsimd target links a library "xtl" that is header-only and not looked for;
# the linker would then search for libxtl.
function(soma_repair_xsimd_target)
    get_target_property(libraries xsimd INTERFACE_LINK_LIBRARIES)
    if("xtl" IN_LIST libraries AND NOT TARGET xtl)
        list(REMOVE_ITEM libraries xtl)
        set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "${libraries}")
    endif()
endfunction()

macro(soma_find_dependencies fault)
    soma_find_dependency(xsimd xsimd 8.1.0 15 libxsimd-dev ${fault})
    soma_find_dependency(range-v3 range-v3::range-v3 0.12.0 1 librange-v3-dev ${fault})
    if(TARGET xsimd)
        soma_repair_xsimd_target()
    endif()
    find_package(Threads QUIET)
    if(NOT TARGET Threads::Threads)
        string(APPEND ${fault} "soma needs a thread library, and CMake finds none.\n")
    endif()
endmacro()
