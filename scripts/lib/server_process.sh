# shellcheck shell=bash
# shellcheck disable=SC2154  # server_dir, server_name and others are set by the libraries named above
# The processes of the opened server: find, launch, ask, end. Needs lib/messages.sh,
# lib/server_account.sh, lib/server_state.sh.

# --- Finding -----------------------------------------------------------------------------------

# Prints the pid of the running server, or nothing. The server's JVM has the id on its command line
# (from 8.x on its parent, the launcher, has not), so neither a reused pid nor a lost pid file can
# mislead, and nothing that we did not start is ever found. The pattern goes through a pipe: on a
# command line it would find the search itself.
server_pid() {
    grep -lzxF -f <(printf -- '-Dfollowd.cluster=%s' "$server_id") /proc/[0-9]*/cmdline 2>/dev/null |
        head -n 1 | cut -d / -f 3 || true
}

# Prints the pid of what is about to become the server, or to launch it, if that lives. Only so can
# a start that was itself killed be cleaned up: its server may show its id only seconds later.
starter_pid() {
    local pid time
    [[ -f $server_dir/starter ]] || return 0
    read -r pid time <"$server_dir/starter" || return 0
    if ! is_gone "$pid" && [[ $(start_time "$pid") == "$time" ]]; then
        printf '%s\n' "$pid"
    fi
}

# In ticks since boot: with it, a pid names one process for ever.
start_time() {
    local stat
    local -a fields
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The second field, the program's name, may hold anything.
    read -r -a fields <<<"${stat##*) }"
    printf '%s\n' "${fields[19]}"
}

# A dying JVM loses its command line (and we its trace) while its last threads still hold ports and
# files. A zombie without threads holds nothing; nobody may be there to reap it.
is_gone() {
    local key value state='' threads=0
    while read -r key value _; do
        case $key in
            State:) state=$value ;;
            Threads:) threads=$value ;;
        esac
    done 2>/dev/null <"/proc/$1/status" || true
    [[ -z $state || ($state == [ZX] && $threads -le 1) ]]
}

# wait_until_gone PID SECONDS: false if that process is still there after that time.
wait_until_gone() {
    local deadline=$((SECONDS + $2))
    until is_gone "$1"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# --- Starting ------------------------------------------------------------------------------------

# Otherwise the health of whoever has it would be taken for ours.
refuse_taken_port() {
    if (exec 3<>"/dev/tcp/127.0.0.1/${parameters[port]}") 2>/dev/null; then
        die "port ${parameters[port]} is in use by another process"
    fi
}

# launch HOME JAVA: starts the server; whatever ends the script before it answers ends it too.
launch() {
    local home=$1 java=$2 prefix=ES
    local -a detach=()
    [[ ${parameters[product]} == elasticsearch ]] || prefix=OPENSEARCH
    # From 8.x on bin/elasticsearch is a Java launcher, which would stay and hold 100 MB for nothing;
    # with -d it ends when the server is up. Before, it becomes the server, and with -d would not
    # tell us of a failure.
    [[ $prefix == OPENSEARCH ]] || ((${parameters[version]%%.*} < 8)) || detach=(-d)
    # In an environment of its own, so that nobody's ES_JAVA_OPTS or JAVA_HOME changes what is tested.
    # JAVA_HOME for those too old to know another name. It must not keep our lock or our output open.
    cd /
    setsid "${as_server[@]}" env -i \
        "PATH=$PATH" LANG=C.UTF-8 "HOME=$server_dir/tmp" "TMPDIR=$server_dir/tmp" \
        "JAVA_HOME=$java" "${prefix}_JAVA_HOME=$java" \
        "${prefix}_PATH_CONF=$server_dir/config" "${prefix}_TMPDIR=$server_dir/tmp" \
        "${prefix}_JAVA_OPTS=-Xms${parameters[heap]} -Xmx${parameters[heap]} -Dfollowd.cluster=$server_id" \
        "$home/bin/${parameters[product]}" "${detach[@]}" \
        </dev/null >"$server_dir/console.log" 2>&1 {server_lock}>&- &
    # Not a job of ours: Bash would report its end.
    disown
    printf '%s %s\n' "$!" "$(start_time "$!")" >"$server_dir/starter"
    trap abandon_start EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# await_health SECONDS
await_health() {
    local deadline=$((SECONDS + $1))
    until is_healthy; do
        if [[ -z $(starter_pid) && -z $(server_pid) ]]; then
            fail_start "$server_name ended before it answered"
        fi
        ((SECONDS < deadline)) || fail_start "$server_name did not become healthy within $1 seconds"
        sleep 0.2
    done
    # The launcher's last act is to let the server go: only then may we.
    while [[ $(starter_pid) != "$(server_pid)" && -n $(starter_pid) ]]; do
        ((SECONDS < deadline)) || fail_start "the launcher of $server_name did not end"
        sleep 0.05
    done
    [[ -n $(server_pid) ]] || fail_start "$server_name ended as soon as it had answered"
    rm -f -- "$server_dir/starter"
    trap - EXIT HUP INT TERM
}

# A node that joined others has their cluster's name.
is_healthy() {
    local answer cluster=${parameters[setting:cluster.name]:-$server_name}
    answer=$(ask_server '/_cluster/health?wait_for_status=yellow&timeout=1s' 2>/dev/null) || return 1
    [[ $answer == *"\"cluster_name\":\"$cluster\""* && $answer =~ \"status\":\"(yellow|green)\" ]]
}

# ask_server PATH: credentials go through a pipe, not over a command line that others can read.
ask_server() {
    local -a trust=()
    [[ -z ${parameters[security]-} ]] || trust=(--cacert "$server_dir/ca.crt")
    if [[ -n ${parameters[security]-} ]]; then
        printf 'user = "admin:%s"\n' "$(sed 's/[\\"]/\\&/g' "$server_dir/admin.password")"
    fi | curl -fsS --noproxy '*' --max-time 10 "${trust[@]}" -K - -- "$(server_address)$1"
}

fail_start() {
    # Without the many lines of its stack traces.
    { grep -v '^[[:space:]]*at ' "$server_dir/console.log" || true; } | tail -n 25 >&2
    die "$*; above, the end of $server_dir/console.log"
}

# --- Ending --------------------------------------------------------------------------------------

# Nothing half-started stays: ends the starter of a start that failed or was killed, and the server
# that it may have launched in its last moment.
end_starter() {
    local pid
    pid=$(starter_pid)
    [[ -n $pid ]] || return 0
    kill_and_wait "$pid"
    # From 8.x on that was the launcher.
    pid=$(server_pid)
    [[ -z $pid ]] || kill_and_wait "$pid"
    rm -f -- "$server_dir/starter"
}

# The launcher may have ended though the server never became healthy.
abandon_start() {
    local pid
    end_starter
    pid=$(server_pid)
    [[ -z $pid ]] || kill_and_wait "$pid"
}

kill_and_wait() {
    # It may have ended by itself meanwhile.
    kill -KILL "$1" 2>/dev/null || true
    wait_until_gone "$1" 30 || die "$server_name, pid $1, could not be killed"
}

# True if there was something to stop.
stop_server() {
    local pid
    pid=$(server_pid)
    if [[ -n $pid ]]; then
        kill -TERM "$pid" 2>/dev/null || true
        wait_until_gone "$pid" 90 ||
            die "$server_name, pid $pid, did not stop within 90 seconds; 'kill' would end it"
    fi
    end_starter
    [[ -n $pid ]]
}
