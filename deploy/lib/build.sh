# shellcheck shell=bash
# Configuring and building with a preset. Source it; needs output.sh first.

# calfleet_jobs: how many compilers at once: one a core, but no more than memory allows (about 1.5 GiB each).
calfleet_jobs() {
    local cores kib by_memory
    cores=$(nproc)
    kib=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
    by_memory=$((kib / 1572864))
    ((by_memory >= 1)) || by_memory=1
    echo $((cores < by_memory ? cores : by_memory))
}

# build_preset ROOT PRESET JOBS [TARGET...]: configures and builds into ROOT/build/PRESET (or CALFLEET_BUILD_DIR); without
# targets everything. cmake's own output appears only when something is wrong; ninja shows its progress.
build_preset() {
    local root=$1 preset=$2 jobs=$3 folder log
    shift 3
    folder=$(build_folder "$root" "$preset")
    local -a targets=() options=()
    (($# == 0)) || targets=(--target "$@")
    # Nothing is in a cache there, and the tests then compile in a third of the time.
    [[ ${CI:-} != true ]] || options=(-DCALFLEET_PRECOMPILE_GTEST=ON)
    mkdir -p "$folder"
    log=$folder/configure.log
    # Debug information names files relative to the build, and a fresh clone elsewhere still hits the compiler cache.
    export CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros,pch_defines CCACHE_BASEDIR=$root
    if ! (cd "$root" && cmake --preset "$preset" -B "$folder" "${options[@]}") >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    cmake --build "$folder" --parallel "$jobs" "${targets[@]}" >&2
}

# build_folder ROOT PRESET: prints where that preset is built.
build_folder() { echo "${CALFLEET_BUILD_DIR:-$1/build/$2}"; }
