# shellcheck shell=bash
# A throw-away PostgreSQL for the project's shell programs. Source it; needs output.sh and processes.sh first.

# postgres_binaries: prints the folder of the newest installed server.
postgres_binaries() {
    local folder newest=''
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        [[ -x $folder/initdb && -x $folder/postgres ]] && newest=$folder
    done
    [[ -n $newest ]] || { fail "PostgreSQL's server is missing: deploy/install-packages run"; return 1; }
    echo "$newest"
}

# as_postgres COMMAND...: PostgreSQL refuses to run as root; as root everything of it belongs to the user postgres.
as_postgres() {
    if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# start_postgres DIR PORT: a new cluster in DIR/data (trust on the loopback interface only) and a running server; its log
# is DIR/log. Returns when it answers.
start_postgres() {
    local dir=$1 port=$2 binaries
    binaries=$(postgres_binaries) || return 1
    mkdir -p "$dir"
    ((EUID != 0)) || chown postgres "$dir"
    as_postgres "$binaries/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 >"$dir.initdb.log" 2>&1 || { cat "$dir.initdb.log" >&2; return 1; }
    as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null <<TEXT
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
timezone = 'UTC'
TEXT
    # A session of its own, so that Ctrl-C in the terminal stops the demo and the demo then stops PostgreSQL, in this order.
    as_postgres setsid "$binaries/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --wait --timeout=60 \
        >"$dir.start.log" 2>&1 </dev/null || { cat "$dir.start.log" "$dir/log" >&2; return 1; }
}

# stop_postgres DIR: cuts its connections and stops it; nothing when it does not run.
stop_postgres() {
    local binaries
    [[ -e $1/data/postmaster.pid ]] || return 0
    binaries=$(postgres_binaries) || return 1
    as_postgres "$binaries/pg_ctl" stop --pgdata="$1/data" --mode=fast --wait --timeout=30 >/dev/null 2>&1 ||
        as_postgres "$binaries/pg_ctl" stop --pgdata="$1/data" --mode=immediate --wait --timeout=10 >/dev/null 2>&1
}
