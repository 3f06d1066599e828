# shellcheck shell=bash
# How scripts speak: results go to standard output, everything said to a person to standard error.

note() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    note "$*"
    exit 1
}

# 64 is EX_USAGE: the caller, not the world, is wrong.
usage_error() {
    note "$*"
    note "see '${0##*/} --help'"
    exit 64
}
