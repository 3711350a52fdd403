# Functions shared by the scripts in this folder; they source it after setting `root`.
#
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# The exit status when packages could not be downloaded, so that a caller can tell it from a failed build or test.
NO_DOWNLOAD=75

root=${root:?is set by the script that sources this file}

# sudo may keep the home folder of the user it was called by: nothing of root's belongs there.
if [[ $EUID -eq 0 && ! -O ${HOME:-/nowhere} ]]; then
    HOME=$(getent passwd 0 | cut -d: -f6)
    unset XDG_CACHE_HOME XDG_CONFIG_HOME WIRESHARK_CONFIG_DIR
fi

umask 022 # root's tshark runs as another user, who has to read what is made here

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { note "$*"; exit 1; }
has() { command -v "$1" >/dev/null; }

# Prints the comment at the head of the calling script.
usage() { sed -n '2,/^# Copyright/ { /^# Copyright/d; s/^# \{0,1\}//p }' "$0"; }

# Runs a command and shows what it printed only when it fails. What takes longer than three seconds is told before.
quietly() {
    local output
    output=$("$@" 2>&1) || { printf '%s\n' "$output" >&2; return 1; }
}

# --- What has to be installed -----------------------------------------------------------------------------------------

# These print the Debian packages for whatever is not there. They look for the thing and not for the package: it may
# have been installed some other way.
missing_to_build() {
    has cmake || echo cmake
    has make || echo make
    [[ -n ${CC:-} ]] || compiles || echo gcc libc6-dev
    has_wireshark_dev || echo wireshark-dev libwireshark-dev
    has tshark || echo tshark
}

missing_to_test() {
    python_with_pytest >/dev/null || echo python3 python3-pytest
    { has editcap && has sharkd; } || echo wireshark-common
    missing_to_fuzz
    has clang-tidy || echo clang-tidy
    ! has_clang_14 || clang_format_14 >/dev/null || echo clang-format # elsewhere it is another version
    has cppcheck || echo cppcheck
    has ip || echo iproute2 # tools/bench captures live in a network namespace
    has jq || echo jq # the recipes of the documentation use it
    has parallel || echo parallel # tools/survey, and rsync for other machines
    has rsync || echo rsync
    has ssh || echo openssh-client
    ! starts_no_services || missing_to_test_ssh
    ! builds_for_windows || missing_to_run_for_windows
}

# Where packages start no services when they are installed (Debian policy 9.3.3): in containers, and in the chroots of the CI.
# Elsewhere nobody asked for a server, and what needs one is not tested.
starts_no_services() { [[ -x /usr/sbin/policy-rc.d ]]; }

missing_to_test_ssh() {
    has sshd || [[ -x /usr/sbin/sshd ]] || echo openssh-server
    [[ $EUID -ne 0 ]] || [[ -z $(LD_PRELOAD=libnss_wrapper.so /bin/true 2>&1) ]] || echo libnss-wrapper
}

missing_to_fuzz() {
    has pkg-config || echo pkg-config
    # The library has the compiler's version in its name, so the compiler comes first: see install_missing.
    if ! has clang; then
        echo clang
    elif ! has_libfuzzer; then
        echo "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
    fi
}

missing_to_dist() {
    python_with_pytest >/dev/null || echo python3 python3-pytest
    has objdump || echo binutils
}

missing_to_build_for_windows() {
    has cmake || echo cmake
    has make || echo make
    has x86_64-w64-mingw32ucrt-gcc || echo gcc-mingw-w64-ucrt64
    has pkg-config || echo pkg-config
    has clang || echo clang # lays out structures as Microsoft's compiler does
    pkg-config --exists glib-2.0 2>/dev/null || echo libglib2.0-dev
}

missing_to_run_for_windows() {
    missing_to_build_for_windows
    [[ -n $(wine64_program) ]] || echo wine64
    has xz || echo xz-utils
    has bzip2 || echo bzip2
    has meson || echo meson
    has ninja || echo ninja-build
}

missing_to_build_tshark() {
    missing_to_run_for_windows
    has x86_64-w64-mingw32ucrt-g++ || echo g++-mingw-w64-ucrt64
    [[ -e /usr/x86_64-w64-mingw32/include/gcrypt.h ]] || echo libgcrypt-mingw-w64-dev
    has flex || echo flex
    has bison || echo bison
    has perl || echo perl
}

# Prints its path. Without the package `wine` it is in no folder of PATH.
wine64_program() {
    local program
    for program in "$(command -v wine64)" /usr/lib/wine/wine64; do
        [[ ! -x $program ]] || { echo "$program"; return; }
    done
}

missing_to_make_chroot() {
    has debootstrap || echo debootstrap
    has gpgv || echo gpgv
    has git || echo git
    [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || echo debian-archive-keyring
}

# gcc without the C library's headers and start files is no use.
compiles() { cc -x c -o /dev/null - <<<$'#include <stdio.h>\nint main(void) { return 0; }' 2>/dev/null; }

has_libfuzzer() {
    clang -x c -fsanitize=fuzzer,address,undefined -o /dev/null - 2>/dev/null \
        <<<'int LLVMFuzzerTestOneInput(void) { return 0; }'
}

has_clang_14() { [[ $(clang -dumpversion 2>/dev/null) == 14.* ]]; }

clang_format_14() {
    local program
    for program in clang-format-14 clang-format; do
        [[ $("$program" --version 2>/dev/null) == *' version 14.'* ]] && command -v "$program" && return
    done
    return 1
}

# Prints its path. The first in PATH need not be the system's, which the package is for.
python_with_pytest() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import pytest' 2>/dev/null && command -v "$python" && return
    done
    return 1
}

has_wireshark_dev() {
    [[ -z ${CMAKE_PREFIX_PATH:-}${Wireshark_DIR:-} ]] || return 0 # CMake was told where to look
    local config
    for config in /usr{,/local}/lib{,64,/*}/{wireshark/cmake,cmake/wireshark}/WiresharkConfig.cmake; do
        [[ -e $config ]] && return
    done
    return 1
}

# Installs what the given missing_to_* functions ask for. Never calls apt or sudo when that is nothing. What has been
# installed may show that something else is missing: a compiler its library.
install_missing() {
    local packages before=
    while packages=$(for list; do "$list"; done | xargs) && [[ -n $packages ]]; do
        [[ $packages != "$before" ]] || die "still not usable after installing them: $packages"
        before=$packages
        has apt-get || { explain_packages "$packages"; exit 1; }
        [[ $EUID -eq 0 ]] || { has sudo && sudo true; } || die "please install, as root: apt-get install $packages"
        note "installing $packages"
        # shellcheck disable=SC2086 # a list of words
        apt_install $packages
    done
}

apt_install() {
    local updated=yes
    apt_get -o APT::Update::Error-Mode=any update || updated=no # maybe only a package source that is not needed here
    if ! quietly apt_get install --simulate "$@"; then
        [[ $updated == yes ]] || { note 'the package lists could not be downloaded'; exit $NO_DOWNLOAD; }
        die "cannot be installed here: $*"
    fi
    apt_get install --download-only "$@" || { note 'packages could not be downloaded'; exit $NO_DOWNLOAD; }
    apt_get install "$@" || die "apt-get could not install $*"
}

# Non-interactive: wireshark-common asks who may capture, and the answer does not matter for reading files.
# The lock: another apt-get may be at work. Standard output stays free for what the script was asked for.
apt_get() {
    local command=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@")
    [[ $EUID -eq 0 ]] || command=(sudo "${command[@]}")
    "${command[@]}" </dev/null >&2
}

# What there is for Windows, by Wireshark, and the Debian release that it is built on: the first one whose compiler has the
# same C library as Wireshark for Windows.
# shellcheck disable=SC2034 # for those who source this file
WINDOWS_WIRESHARKS='4.4 4.6'
WINDOWS_BUILDER=trixie

builds_for_windows() { grep -qxF "VERSION_CODENAME=$WINDOWS_BUILDER" /etc/os-release; }

# Debian releases by their Wireshark.
# shellcheck disable=SC2034
declare -A DEBIAN_RELEASES=([4.0]=bookworm [4.4]=trixie [4.6]=forky)

# Sets `apt`: options for apt-get and apt-cache, with which they know the packages and sources of a Debian release, which need
# not be the system's own, and keep what they have to in a folder. Asks the mirror that the system uses; installs nothing, and
# needs no root.
use_debian() {
    local release=$1 state=$2 mirror
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    # shellcheck disable=SC2016 # the word is apt's
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    printf '%s %s %s main\n' deb "${mirror:?apt-get knows no mirror of Debian}" "$release" deb-src "$mirror" "$release" \
        >"$state/sources.list"
    : >"$state/status"
    apt=(-o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$state/lists"
        -o "Dir::Cache=$state/cache" -o "Dir::State::Status=$state/status" -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o Acquire::Retries=3 --quiet)
    apt-get "${apt[@]}" -o APT::Update::Error-Mode=any update >&2
}

# Downloads packages of a Debian release, and the libraries that Wireshark's packages for developers are of, into a folder.
debian_packages() {
    local release=$1 folder=$2 apt libraries
    use_debian "$release" "$folder/apt" || no_packages "$release"
    mapfile -t libraries < <(apt-cache "${apt[@]}" depends "${@:3}" |
        awk '$1 == "Depends:" && /lib(wireshark|wsutil)[0-9]/ { print $2 }')
    (cd "$folder" && apt-get "${apt[@]}" download "${@:3}" "${libraries[@]}" >&2) || no_packages "$release"
    rm -rf "$folder/apt"
}

# Downloads the source of a package of a Debian release, and unpacks what its authors have published, in FOLDER/SOURCE.
# Fails when it is not to be had: mirrors do not have all.
debian_source() {
    local release=$1 folder=$2 source=$3 apt tars tar
    mkdir -p "$folder/download"
    use_debian "$release" "$folder/apt" &&
        (cd "$folder/download" && apt-get "${apt[@]}" source --download-only "$source" >&2) || return "$NO_DOWNLOAD"
    tars=("$folder/download/$source"_*.orig.tar.*)
    for tar in "${tars[@]}"; do
        [[ $tar != *.asc ]] || continue
        mkdir -p "$folder/$source"
        tar -xf "$tar" -C "$folder/$source" --strip-components=1 || die "$source could not be unpacked"
    done
    rm -rf "$folder/apt" "$folder/download"
}

no_packages() { note "packages of Debian $1 could not be downloaded"; exit "$NO_DOWNLOAD"; }

explain_packages() {
    cat >&2 <<END
${0##*/}: this system has no apt-get; please install what is missing and start again.
Missing, by Debian names: $1
  Fedora:    dnf install cmake make gcc wireshark-devel wireshark-cli
  openSUSE:  zypper install cmake make gcc wireshark-devel wireshark
  Arch:      pacman -S cmake make gcc wireshark-cli
  Alpine:    apk add cmake make gcc musl-dev wireshark-dev tshark
The tests also need pytest, clang with libFuzzer, clang-tidy, cppcheck, jq and Wireshark's editcap and sharkd.
END
}

# These print a folder, made when it is not there: what a Windows build needs of Wireshark X.Y, GLib to run with, and a
# tshark.exe of Wireshark X.Y.
windows_sdk() { kept_for_windows "sdk-$1" "$root/tools/windows/sdk" "$1"; }
windows_glib() { kept_for_windows glib "$root/tools/windows/glib"; }
windows_tshark() { kept_for_windows "tshark-$1" "$root/tools/windows/tshark" "$1"; }

kept_for_windows() {
    local folder=${MSTURN_WINDOWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/msturn/windows}/$1
    [[ -e $folder ]] || { note "making $folder, which takes some minutes" && "${@:2}" "$folder" >&2; } || return
    echo "$folder"
}

# --- Wireshark and the build ------------------------------------------------------------------------------------------

# Prints tshark's version, as in 4.0.17.
wireshark_version() {
    local text
    text=$(tshark --version 2>/dev/null) || die 'tshark does not run'
    [[ $text =~ \ (([0-9]+)\.[0-9]+\.[0-9]+) ]] || die "tshark does not tell its version: $text"
    [[ ${BASH_REMATCH[2]} -ge 4 ]] || die "Wireshark 4.0 or newer is needed; this one is ${BASH_REMATCH[1]}"
    echo "${BASH_REMATCH[1]}"
}

# Prints the folder to build in. It is in the repository if that belongs to the caller and so does what was built there,
# else in the caller's cache: then root and a user can work on the same files without getting in each other's way.
build_folder() {
    local name=$1 folder cache
    folder=$root/build/$name
    if ! mine "$root" || ! mine "$root/build" || ! mine "$folder"; then
        cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/msturn
        folder=$cache/build-$(cksum <<<"$root" | cut -d' ' -f1)/$name
        mine "$folder" || die "cannot build: neither $root nor $cache is yours"
        note "something in $root is not yours; building in $folder"
    fi
    echo "$folder"
}

# Whether this folder is the caller's own, or would be once made.
mine() {
    local folder=$1
    while [[ ! -e $folder ]]; do folder=$(dirname "$folder"); done
    [[ -O $folder && -w $folder ]]
}

note_build() { note "building the plugin for Wireshark $1 in $2; the first time that takes a minute or two"; }

# Configures and builds in the given folder; the other arguments go to CMake.
build_plugin() {
    local build=$1 version
    shift
    # CMake refuses a build folder that was moved along with the repository.
    if [[ -e $build/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
        rm -rf "$build"
    fi
    { cmake -S "$root" -B "$build" "$@" &&
        cmake --build "$build" --parallel "$(getconf _NPROCESSORS_ONLN)"; } >&2 || die 'the plugin could not be built'
    version=$(wireshark_version)
    [[ -e $build/plugins/${version%.*}/epan/msturn.so ]] ||
        die "tshark is $version, but CMake found the headers of another Wireshark: see $build/plugins"
}

# Fails unless the `tshark -G plugins` list on standard input has msturn, and this one; prints its version.
check_loaded() {
    local listed
    listed=$(awk -F'\t' '$1 ~ /^msturn\.so *$/ { print $2, $NF }')
    [[ $listed == *" $1" ]] || die "tshark did not load $1; it lists: ${listed:-no msturn}"
    echo "${listed%% *}"
}
