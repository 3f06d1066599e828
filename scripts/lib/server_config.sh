# shellcheck shell=bash
# shellcheck disable=SC2154  # server_dir and others are set by the libraries named above
# Writes the configuration of the opened server. Needs lib/messages.sh, lib/server_account.sh,
# lib/server_state.sh.

# write_config HOME JAVA: HOME is the distribution's directory. Overwrites what is ours file by file
# and leaves the rest (the keystore) alone.
write_config() {
    local home=$1 java=$2 config=$server_dir/config
    mkdir -p -- "$config" "$server_dir/data" "$server_dir/logs" "$server_dir/tmp"
    cp -r -- "$home/config/." "$config"
    write_jvm_options "$home" "$java"
    [[ -z ${parameters[security]-} ]] || write_security "$home"
    write_settings "$home"
    prepare_repositories
    give_to_server "$config" "$server_dir/data" "$server_dir/logs" "$server_dir/tmp"
}

# The path of the distribution's own log and dump files is relative to its directory, which is
# shared by all servers and not writable. Garbage collection logs interest nobody here.
write_jvm_options() {
    local home=$1 java=$2 modules=''
    local -a edits=(-e '/-Xlog:gc/d' -e '/-Xloggc/d' -e '/GCLog/d' -e '/PrintGC/d' -e '/PrintTenuring/d'
        -e "s|HeapDumpPath=.*|HeapDumpPath=$server_dir/logs|"
        -e "s|ErrorFile=.*|ErrorFile=$server_dir/logs/hs_err_pid%p.log|")
    # A slim Java runtime may lack this module, which only makes vectors faster.
    if grep -q '^[^#]*jdk\.incubator\.vector' "$home/config/jvm.options"; then
        modules=$("$java/bin/java" --list-modules)
        [[ $modules == *jdk.incubator.vector* ]] || edits+=(-e '/jdk\.incubator\.vector/d')
    fi
    sed "${edits[@]}" "$home/config/jvm.options" >"$server_dir/config/jvm.options"
}

write_settings() {
    local home=$1 key major=${parameters[version]%%.*}
    local -A settings=(
        [cluster.name]=$server_name
        [node.name]=$server_name
        [discovery.type]=single-node
        [network.host]=127.0.0.1
        [http.port]=${parameters[port]}
        # Nobody connects to it: any free port will do.
        [transport.port]=0
        [path.data]=$server_dir/data
        [path.logs]=$server_dir/logs
        # A test machine's full disk is not what is tested.
        [cluster.routing.allocation.disk.threshold_enabled]=false
    )
    # 8.x and later would otherwise switch security on by themselves; the smallest distributions
    # do not know the setting and refuse to start with it.
    if [[ -n ${parameters[security]-} ]]; then
        settings[xpack.security.enabled]=true
        ((major < 8)) || settings[xpack.security.enrollment.enabled]=false
        for key in http transport; do
            settings[xpack.security.$key.ssl.enabled]=true
            settings[xpack.security.$key.ssl.key]=certs/server.key
            settings[xpack.security.$key.ssl.certificate]=certs/server.crt
            settings[xpack.security.$key.ssl.certificate_authorities]=certs/ca.crt
        done
    elif [[ -d $home/modules/x-pack-security ]]; then
        settings[xpack.security.enabled]=false
    fi
    local -a repositories=()
    for key in "${!parameters[@]}"; do
        case $key in
            setting:*) settings[${key#setting:}]=${parameters[$key]} ;;
            path_repo:*) repositories+=("${key#path_repo:}") ;;
        esac
    done
    if ((${#repositories[@]} > 0)); then
        settings[path.repo]=$(printf '"%s",' "${repositories[@]}")
        settings[path.repo]="[${settings[path.repo]%,}]"
    fi
    for key in "${!settings[@]}"; do
        # An empty value takes a default away.
        [[ -z ${settings[$key]} ]] || printf '%s: %s\n' "$key" "${settings[$key]}"
    done | sort >"$server_dir/config/${parameters[product]}.yml"
}

# Snapshot repositories are shared with the caller, so their owner is only changed where nothing is lost.
prepare_repositories() {
    local key path
    for key in "${!parameters[@]}"; do
        [[ $key == path_repo:* ]] || continue
        path=${key#path_repo:}
        mkdir -p -- "$path"
        if ! can_server -w "$path" && [[ -z $(ls -A -- "$path") ]]; then
            give_to_server "$path"
        fi
        { can_server -w "$path" && can_server -x "$path"; } ||
            die "the server's account, ${server_account:-$(id -un)}, cannot write to $path"
    done
}

# --- Security: TLS on HTTP and transport, users and roles in files ------------------------------

write_security() {
    local home=$1 config=$server_dir/config
    [[ -d $home/modules/x-pack-security ]] ||
        die "the distribution of $(server_release) has no security module; --security needs 7.17 or later"
    [[ -f $server_dir/ca.key ]] || make_authority
    mkdir -p -- "$config/certs"
    [[ -f $config/certs/server.crt ]] || make_certificate "$config/certs"
    cp -- "$server_dir/ca.crt" "$config/certs/ca.crt"

    [[ -f $server_dir/admin.password ]] || set_user "admin:$(openssl rand -hex 12):superuser"
    awk -F: '{ print $1 ":" $3 }' "$server_dir/users" >"$config/users"
    awk -F: '{ n = split($2, roles, ","); for (i = 1; i <= n; i++) members[roles[i]] = members[roles[i]] "," $1 }
        END { for (role in members) print role ":" substr(members[role], 2) }' \
        "$server_dir/users" >"$config/users_roles"
    [[ ! -f $server_dir/roles.yml ]] || cp -- "$server_dir/roles.yml" "$config/roles.yml"
}

make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=followd test authority of $server_name" \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$server_dir/ca.key.new" -out "$server_dir/ca.crt" 2>/dev/null ||
        die "openssl could not make a certificate authority"
    mv -- "$server_dir/ca.key.new" "$server_dir/ca.key"
    chmod 644 -- "$server_dir/ca.crt"
}

# make_certificate DIRECTORY: the server's key and a certificate for the names it is reached by.
make_certificate() {
    local to=$1
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj "/CN=$server_name" -keyout "$to/server.key" -out "$to/server.csr" 2>/dev/null ||
        die "openssl could not make a key"
    openssl x509 -req -in "$to/server.csr" -CA "$server_dir/ca.crt" -CAkey "$server_dir/ca.key" \
        -set_serial "0x$(openssl rand -hex 8)" -days 3650 -out "$to/server.crt" \
        -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n') 2>/dev/null ||
        die "openssl could not make a certificate"
    rm -- "$to/server.csr"
}

# set_user NAME:PASSWORD:ROLES: adds or replaces one. Only the hash is kept, except for admin's
# password, which we need ourselves.
set_user() {
    local name password roles
    split_user "$1"
    touch -- "$server_dir/users"
    {
        awk -F: -v name="$name" '$1 != name' "$server_dir/users"
        printf '%s:%s:%s\n' "$name" "$roles" "$(hash_password "$password" "$(new_salt)")"
    } >"$server_dir/users.new"
    mv -- "$server_dir/users.new" "$server_dir/users"
    [[ $name != admin ]] || (umask 077 && printf '%s\n' "$password" >"$server_dir/admin.password")
}

# True if the user NAME:PASSWORD:ROLES is there just so.
has_user() {
    local name password roles kept_roles hash
    split_user "$1"
    [[ -f $server_dir/users ]] || return 1
    IFS=: read -r _ kept_roles hash < <(awk -F: -v name="$name" '$1 == name' "$server_dir/users") || return 1
    [[ $kept_roles == "$roles" && $(hash_password "$password" "$hash") == "$hash" ]]
}

# Sets the caller's name, password and roles. A password may hold colons, the other two may not.
split_user() {
    name=${1%%:*}
    roles=${1##*:}
    password=${1#"$name":}
    password=${password%":$roles"}
}

# hash_password PASSWORD SALT: bcrypt, the one form that both Elasticsearch's file realm and the
# system's crypt(3) know. Perl because its smallest package is on every Debian; the distributions' own
# tool needs seconds of Java for each user.
hash_password() {
    local hash
    hash=$(printf '%s\n' "$1" "$2" | perl -e 'chomp(my ($password, $salt) = <STDIN>); print crypt($password, $salt) // ""')
    [[ $hash == \$2a\$* ]] || die "crypt(3) of this system does not know bcrypt"
    printf '%s\n' "$hash"
}

# 22 characters of bcrypt's alphabet; the last one carries only two bits.
new_salt() {
    local random
    random=$(openssl rand -base64 24 | tr '+' '.')
    printf '%s%s.\n' "\$2a\$10\$" "${random:0:21}"
}
