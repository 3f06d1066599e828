# shellcheck shell=bash
# Debian packages: what is missing, and how to get it. Needs lib/messages.sh.

# Prints those of the given packages that are not installed, one a line.
missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true
    for package in "$@"; do
        grep -qxF -- "$package installed" <<<"$installed" || printf '%s\n' "$package"
    done
}

# Prints those of the given packages that no package source offers.
unknown_packages() {
    local offered package
    offered=$(apt-cache policy "$@" 2>/dev/null |
        awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } /Candidate:/ && $2 != "(none)" { print name }')
    for package in "$@"; do
        grep -qxF -- "$package" <<<"$offered" || printf '%s\n' "$package"
    done
}

# Installs what is missing of the given packages; ends the script where that is impossible.
ensure_packages() {
    local -a missing unknown as_root=()
    { command -v dpkg-query && command -v apt-get; } >/dev/null ||
        die "this is not a Debian system (no apt-get); install the equivalents of: $*"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "neither root nor sudo here; let root run: apt-get install ${missing[*]}"
        # Without a terminal a password prompt would hang a CI job for ever.
        [[ -t 0 ]] && as_root=(sudo) || as_root=(sudo -n)
    fi

    note "installing ${missing[*]}"
    # A fresh container has no package lists at all; stale lists only show when a download fails.
    mapfile -t unknown < <(unknown_packages "${missing[@]}")
    if ((${#unknown[@]} > 0)); then
        update_package_lists
        mapfile -t unknown < <(unknown_packages "${missing[@]}")
        ((${#unknown[@]} == 0)) ||
            die "no package source offers: ${unknown[*]} (the names are those of Debian 12)"
        apt_install "${missing[@]}" || die "could not install: ${missing[*]}"
    elif ! apt_install "${missing[@]}"; then
        update_package_lists
        apt_install "${missing[@]}" || die "could not install: ${missing[*]}"
    fi
}

# The two below run with as_root as ensure_packages has set it. Others may hold apt's lock: wait.
update_package_lists() {
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update >&2 ||
        die "'apt-get update' failed; see above"
}

apt_install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >&2
}
