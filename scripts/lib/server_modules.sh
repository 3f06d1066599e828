# shellcheck shell=bash
# Modules that the distributions lack and Maven Central has. Needs lib/messages.sh, lib/packages.sh,
# lib/server_account.sh, lib/server_software.sh.

# provide_module HOME VERSION MODULE: prints the directory of a distribution of OpenSearch with that
# module in it, too. The one at HOME is other servers' and stays as it is.
provide_module() {
    local home=$1 version=$2 module=$3
    if [[ ! -f $home+$module/modules/$module/plugin-descriptor.properties ]]; then
        with_cache_locked fetch_module "$home" "$version" "$module"
    fi
    printf '%s\n' "$home+$module"
}

fetch_module() {
    local home=$1 version=$2 module=$3 work folder
    [[ ! -f $home+$module/modules/$module/plugin-descriptor.properties ]] || return 0
    command -v mvn >/dev/null || ensure_packages maven
    note "fetching the module $module of OpenSearch $version"
    rm -rf -- "$(dirname -- "$home")"/.unpacking.*
    work=$(mktemp -d "$(dirname -- "$home")/.unpacking.XXXXXX")
    chmod 755 -- "$work"
    folder=$work/home/modules/$module
    # Links, so that another hundred megabytes are not needed; servers only read them.
    cp -al -- "$home" "$work/home"
    mkdir -- "$folder"
    (cd "$work" && mvn -B -q -U -Dstyle.color=never dependency:copy \
        -Dartifact="org.opensearch.plugin:$module:$version" -DoutputDirectory="$folder" >maven.log 2>&1) || {
        grep -m 1 -F '[ERROR]' "$work/maven.log" >&2 || cat "$work/maven.log" >&2
        rm -rf -- "$work"
        die "Maven could not get org.opensearch.plugin:$module:$version"
    }
    describe_module "$module" "$version" "$folder"
    chmod -R go+rX -- "$folder"
    rm -rf -- "${home:?}+$module"
    mv -T -- "$work/home" "$home+$module"
    rm -rf -- "$work"
}

# What the full distribution has beside the jar.
describe_module() {
    local module=$1 version=$2 folder=$3
    case $module in
        repository-url)
            cat >"$folder/plugin-descriptor.properties" <<END
description=Module for URL repository
version=$version
name=repository-url
classname=org.opensearch.plugin.repository.url.URLRepositoryPlugin
java.version=11
opensearch.version=$version
custom.foldername=
extended.plugins=
has.native.controller=false
END
            cat >"$folder/plugin-security.policy" <<'END'
grant {
  permission java.net.SocketPermission "*", "connect";
};
END
            ;;
    esac
}
