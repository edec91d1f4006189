# shellcheck shell=bash
# Ports and processes for the project's shell programs. Source it; needs output.sh first.

# port_is_free N: true when nothing listens on 127.0.0.1:N.
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: prints a port nobody listens on. Below 32768, where the kernel takes no client ports from: a server that is
# killed and started again finds its port still free.
free_port() {
    local attempt port
    for attempt in {1..200}; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if port_is_free "$port"; then
            echo "$port"
            return 0
        fi
    done
    fail "found no free port between 20000 and 31999 in $attempt tries"
}

# process_birth PID: prints the start time of a process in clock ticks, nothing when it is gone. Together with the pid it
# names one process for ever; a pid alone may be given out again.
process_birth() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
    line=${line##*) }
    local -a fields
    read -r -a fields <<<"$line"
    [[ ${fields[0]} == Z ]] || echo "${fields[19]}"
}

# process_alive PID: true while the process runs; a zombie is not alive.
process_alive() { [[ -n $(process_birth "$1") ]]; }

# await_exit PID SECONDS: true once the process is gone, false at the deadline.
await_exit() {
    local deadline=$((SECONDS + $2))
    while process_alive "$1"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# stop_process PID SECONDS: SIGTERM, and SIGKILL when it is still there after the grace time.
stop_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    await_exit "$1" "$2" && return 0
    kill -KILL "$1" 2>/dev/null
    await_exit "$1" 5
}
