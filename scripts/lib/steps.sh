# shellcheck shell=bash
# shellcheck disable=SC2154  # work and lock belong to the script that runs the steps
# The lines that a person reads while a script works: one for each step, its time at the end. Needs
# lib/messages.sh and two names: work, the directory for logs, and lock, a file descriptor that what
# a step starts must not keep open.

if [[ -t 1 ]]; then
    step_width=$(tput cols 2>/dev/null) || step_width=80
else
    step_width=
fi
bold=
faint=
plain=
if [[ -n $step_width && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
    bold=$'\e[1m'
    faint=$'\e[2m'
    plain=$'\e[0m'
fi

# title TEXT SENTENCE
title() {
    printf '%s%s%s\n%s\n\n' "$bold" "$1" "$plain" "$2"
}

# say LABEL TEXT [TIME]
say() {
    if [[ -n ${3-} ]]; then
        printf '  %s%-11s%s %-52s %s%s%s\n' "$bold" "$1" "$plain" "$2" "$faint" "$3" "$plain"
    else
        printf '  %s%-11s%s %s\n' "$bold" "$1" "$plain" "$2"
    fi
}

# step LABEL RESULT COMMAND...: runs it with its output in a log. On a terminal the log's latest line
# is shown meanwhile. If it fails, the end of the log is shown and the script ends.
step() {
    local label=$1 result=$2 began=$EPOCHREALTIME
    shift 2
    if ! "$@" {lock}>&- 2>&1 | show_latest "$label" "$work/$label.log"; then
        end_step_line
        tail -n 25 -- "$work/$label.log" >&2
        die "$label failed; above, the end of $work/$label.log"
    fi
    end_step_line
    say "$label" "$result" "$(time_since "$began")"
}

show_latest() {
    local line
    : >"$2"
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$2"
        if [[ -n $step_width ]]; then
            printf '\r\e[K  %-11s %s' "$1" "${line:0:step_width - 16}"
        fi
    done
}

end_step_line() {
    [[ -z $step_width ]] || printf '\r\e[K'
}

# time_since EPOCHREALTIME: like "3.1 s" or "4 min 12 s".
time_since() {
    # The separator is the locale's.
    local tenths=$(((${EPOCHREALTIME//[!0-9]/} - ${1//[!0-9]/}) / 100000))
    if ((tenths < 600)); then
        printf '%d.%d s\n' $((tenths / 10)) $((tenths % 10))
    else
        printf '%d min %d s\n' $((tenths / 600)) $((tenths % 600 / 10))
    fi
}
