# shellcheck shell=bash
# Which account servers run under, and directories that it can reach. Needs lib/messages.sh.

# Elasticsearch and OpenSearch refuse to run as root. Sets as_server, the prefix of every command
# that is to run as the server does, and server_account (empty: our own account is good enough).
choose_server_account() {
    as_server=()
    server_account=
    ((EUID == 0)) || return 0
    server_account=${FOLLOWD_SERVER_ACCOUNT:-followd-test}
    if ! id -- "$server_account" >/dev/null 2>&1; then
        note "creating the system user $server_account: servers refuse to run as root"
        # Two first starts at once: the loser of the race finds the user there.
        useradd --system --user-group --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin -- "$server_account" 2>/dev/null ||
            id -- "$server_account" >/dev/null 2>&1 ||
            die "could not create the user $server_account; name an existing one in FOLLOWD_SERVER_ACCOUNT"
    fi
    as_server=(setpriv "--reuid=$server_account" "--regid=$(id -g -- "$server_account")" --clear-groups --)
}

can_server() {
    "${as_server[@]}" test "$@"
}

give_to_server() {
    [[ -z $server_account ]] || chown -R -- "$server_account:" "$@"
}

# Makes the directory PATH if it is missing and prints where it really is. Under a folder that the
# server's account cannot enter (root's home, say), PATH becomes a link to a place under /var/tmp.
reachable_directory() {
    local path=$1 parent real
    parent=$(dirname -- "$path")
    mkdir -p -- "$parent"
    if [[ -L $path && ! -d $path ]]; then
        # Somebody cleaned /var/tmp. Nobody else may have put something there meanwhile.
        real=$(readlink -- "$path")
        mkdir -- "$real" 2>/dev/null || [[ -O $real ]] || die "$path leads to $real, which is not ours"
    elif [[ ! -d $path ]]; then
        if can_server -x "$(readlink -f -- "$parent")"; then
            mkdir -p -- "$path"
        else
            real=$(mktemp -d "/var/tmp/followd-${path##*/}.XXXXXX")
            chmod 755 -- "$real"
            # Two first starts at once: both use the link of the faster.
            ln -sT -- "$real" "$path" 2>/dev/null || rmdir -- "$real"
        fi
    fi
    real=$(readlink -f -- "$path")
    can_server -x "$real" || die "the account ${server_account:-$(id -un)} cannot enter $real"
    printf '%s\n' "$real"
}
