# SPDX-License-Identifier: MIT
#
# Shared by tests/run, examples/run, benchmarks/run and .ci/run; sourced by bash.

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

missing_packages=()

# require PACKAGE PROBE...: notes PACKAGE unless a PROBE, a command or a header, is there already.
require() {
    local package=$1 probe prefix
    shift
    for probe; do
        case $probe in
        *.hpp | *.h | eigen3/*)
            local IFS=$':;\n'
            for prefix in ${CMAKE_PREFIX_PATH-} /usr/local /usr; do
                if [ -e "$prefix/include/$probe" ]; then return 0; fi
                if [ -e "$prefix/include/$(uname -m)-linux-gnu/$probe" ]; then return 0; fi
            done
            ;;
        *) if command -v "$probe" >/dev/null 2>&1; then return 0; fi ;;
        esac
    done
    missing_packages+=("$package")
}

# The packages of a header that soma's programs include, by the spelling of the include.
third_party_headers='CLI/CLI.hpp libcli11-dev
nlohmann/json.hpp nlohmann-json3-dev
httplib.h libcpp-httplib-dev
ncurses.h libncurses-dev
stb/stb_image.h libstb-dev
oneapi/dnnl/dnnl.hpp libdnnl-dev
dnnl.hpp libdnnl-dev
cblas.h libopenblas-dev
eigen3/Eigen/Dense libeigen3-dev'

# require_headers_of FOLDER...: what the sources below these folders include of the list above.
require_headers_of() {
    local header package
    while read -r header package; do
        if grep -rqsF --include='*.cpp' --include='*.hpp' "#include <${header#eigen3/}>" "$@"; then
            require "$package" "$header"
            # Debian's CMake files of oneDNN look for OpenCL.
            if [ "$package" = libdnnl-dev ]; then require ocl-icd-opencl-dev CL/cl.h; fi
            # Its flags are in a file of pkg-config.
            if [ "$package" = libcpp-httplib-dev ]; then require pkg-config pkg-config; fi
        fi
    done <<<"$third_party_headers"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "run as root, or with sudo: $*"
    fi
}

# Installs what `require` noted; does nothing, and needs no rights, when nothing is missing.
install_missing() {
    if [ ${#missing_packages[@]} = 0 ]; then return 0; fi
    if ! command -v apt-get >/dev/null 2>&1; then
        die "please install what these Debian packages hold: ${missing_packages[*]}"
    fi
    say "installing ${missing_packages[*]}"
    local try
    for try in 1 2 3; do
        if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
                -o Dpkg::Use-Pty=0 install "${missing_packages[@]}" </dev/null; then
            missing_packages=()
            return 0
        fi
        sleep $((try * 5))
    done
    die "apt-get could not install ${missing_packages[*]}"
}

require_catch() {
    require catch2 catch2/catch_all.hpp catch2/catch.hpp
}

require_build_tools() {
    require cmake cmake
    require ninja-build ninja
    require libxsimd-dev xsimd/xsimd.hpp
    require librange-v3-dev range/v3/version.hpp
}

# require_compiler COMPILER: the package of g++, g++-N, clang++ or clang++-N, and of its library.
require_compiler() {
    case $(basename "$1") in
    g++*) require "$(basename "$1")" "$1" ;;
    clang++*)
        local name
        name=$(basename "$1")
        require "${name/clang++/clang}" "$1"
        require g++ g++ # clang uses the C++ library that comes with it
        ;;
    *) command -v "$1" >/dev/null 2>&1 || die "no compiler $1" ;;
    esac
}

# Compilations to run at once: the processors, but no more than one for 2 GiB of memory.
jobs() {
    local cores memory
    cores=$(nproc 2>/dev/null || echo 2)
    memory=$(awk '/MemAvailable/ { print int($2 / 2097152) }' /proc/meminfo 2>/dev/null || echo 2)
    if [ "${memory:-0}" -lt 1 ]; then memory=1; fi
    echo $((cores < memory ? cores : memory))
}

# cpu_runs ARCH: whether this processor has what SOMA_ARCH=ARCH compiles for.
cpu_runs() {
    local needed feature
    case $1 in
    baseline) return 0 ;;
    avx2) needed="avx2 fma bmi1 bmi2 f16c movbe" ;;
    avx512) needed="avx512f avx512bw avx512cd avx512dq avx512vl avx512_vnni avx512_bf16" ;;
    amx) cpu_runs avx512 || return 1; needed="amx_tile amx_bf16" ;;
    *) die "unknown instruction set $1" ;;
    esac
    for feature in $needed; do
        grep -qw "$feature" /proc/cpuinfo || return 1
    done
}
