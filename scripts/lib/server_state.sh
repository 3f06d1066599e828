# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# What is remembered about a named server. Needs lib/messages.sh, lib/server_account.sh.
#
# A server's directory holds
#   id                a random word that is on the command line of its process, and nowhere else
#   starter           while it starts: pid and start time of the process that becomes it or launches it
#   parameters        what start was told, one "key<TAB>value" a line; so restart needs only the name
#   users, roles.yml  who may log in (name:roles:hash) and their roles, where --security was given
#   admin.password    of the user admin, who may do everything
#   ca.crt, ca.key    the authority behind its certificate
#   config, data, logs, tmp   the server's own; these belong to the account that it runs under

declare -A parameters=()

servers_directory() {
    local path=${FOLLOWD_CLUSTERS:-$repository/build/clusters}
    [[ $path == /* ]] || path=$PWD/$path
    printf '%s\n' "$path"
}

# open_server NAME: finds the server's directory and loads what is remembered; false where there is
# none. Sets server_dir (where it really is) and server_id.
open_server() {
    local key value
    server_dir=$(readlink -f -- "$(servers_directory)/$1") || return 1
    [[ -f $server_dir/id ]] || return 1
    read -r server_id <"$server_dir/id"
    parameters=()
    [[ -f $server_dir/parameters ]] || return 0
    while IFS=$'\t' read -r key value; do
        parameters[$key]=$value
    done <"$server_dir/parameters"
}

# create_server NAME: makes the directory of a new server and opens it.
create_server() {
    [[ $(servers_directory) != *[[:space:]]* ]] ||
        die "Elasticsearch cannot run under a path with white space: set FOLLOWD_CLUSTERS to another"
    server_dir=$(reachable_directory "$(servers_directory)/$1")
    openssl rand -hex 8 >"$server_dir/id"
    open_server "$1"
}

save_parameters() {
    local key
    for key in "${!parameters[@]}"; do
        printf '%s\t%s\n' "$key" "${parameters[$key]}"
    done | sort >"$server_dir/parameters.new"
    mv -- "$server_dir/parameters.new" "$server_dir/parameters"
}

# Deletes everything about the server NAME, which must be stopped.
forget_server() {
    local path
    path=$(servers_directory)/$1
    # Never delete what does not look like ours.
    [[ -f $server_dir/id && -d $server_dir ]] || die "$server_dir is not a server's directory"
    rm -rf -- "$server_dir"
    [[ ! -L $path ]] || rm -- "$path"
    unlock_server "$1"
}

# One start, stop or restart of a server at a time. Sets server_lock, a file descriptor.
lock_server() {
    local file
    file=$(servers_directory)/.$1.lock
    mkdir -p -- "$(servers_directory)"
    while true; do
        exec {server_lock}>"$file"
        flock -n "$server_lock" || { note "waiting for another command on $1" && flock "$server_lock"; }
        # The one we waited for may have deleted the file, and then the next one locks a new one.
        [[ ! $file -ef /proc/self/fd/$server_lock ]] || return 0
        exec {server_lock}>&-
    done
}

# Gives the lock of a server that is not there (any more) back, without a trace.
unlock_server() {
    rm -f -- "$(servers_directory)/.$1.lock"
    exec {server_lock}>&-
}

server_release() {
    case ${parameters[product]} in
        elasticsearch) printf '%s\n' "${parameters[version]}" ;;
        *) printf '%s\n' "${parameters[product]}-${parameters[version]}" ;;
    esac
}

server_address() {
    local scheme=http
    [[ -z ${parameters[security]-} ]] || scheme=https
    printf '%s://127.0.0.1:%s\n' "$scheme" "${parameters[port]}"
}
