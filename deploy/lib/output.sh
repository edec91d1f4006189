# shellcheck shell=bash
# How the project's shell programs talk: steps on stderr with their time, errors that say what to do.
# Source it; it sets no options and starts nothing.

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
    calfleet_bold=$'\e[1m' calfleet_red=$'\e[31m' calfleet_dim=$'\e[2m' calfleet_plain=$'\e[0m'
else
    calfleet_bold='' calfleet_red='' calfleet_dim='' calfleet_plain=''
fi

# say WORDS...: one line for the person watching; stdout stays free for results.
say() { printf '%s\n' "$*" >&2; }

# step WORDS...: the headline of a part that may take a while.
step() { printf '%s==> %s%s\n' "$calfleet_bold" "$*" "$calfleet_plain" >&2; }

# note WORDS...: a detail below a step.
note() { printf '%s    %s%s\n' "$calfleet_dim" "$*" "$calfleet_plain" >&2; }

# fail WORDS...: what happened and what to do about it; returns 1 so that callers choose to exit.
fail() {
    printf '%s%s: %s%s\n' "$calfleet_red" "${0##*/}" "$*" "$calfleet_plain" >&2
    return 1
}

# die CODE WORDS...: fail and leave.
die() {
    local code=$1
    shift
    fail "$@" || exit "$code"
}

# timed WORDS... -- COMMAND...: a step with its duration; the command's output passes through.
timed() {
    local -a words=()
    while [[ $# -gt 0 && $1 != -- ]]; do
        words+=("$1")
        shift
    done
    shift
    step "${words[*]}"
    local begun=$SECONDS status=0
    "$@" || status=$?
    if ((status == 0)); then
        note "done in $((SECONDS - begun)) s"
    else
        note "failed after $((SECONDS - begun)) s (exit $status)"
    fi
    return "$status"
}
