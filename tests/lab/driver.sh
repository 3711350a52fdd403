# shellcheck shell=bash disable=SC2154 # names and needs are those of the script that sources this file
# What record, record-microsoft and record-broken share: which recordings to make, and cleaning up after them.
#
# The script sets names (its recordings) and needs (command:package of each program), defines make_capture RESULT, which
# makes and checks the recording named in current, and ends with: main "$@"

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly lab
readonly samples=$lab/../../sample-captures
current=

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# shellcheck source-path=SCRIPTDIR source=network.sh
source "$lab/network.sh"
# shellcheck source-path=SCRIPTDIR source=services.sh
source "$lab/services.sh"

main() {
    local name
    for name in "$@"; do
        [[ " ${names[*]} " == *" $name "* ]] || fail "no recording is called $name; there are: ${names[*]}"
    done
    check_machine
    # A second run at the same time, of any of the scripts, would take this one's namespaces for left-overs.
    exec 9>/run/lock/msturn-lab
    flock --nonblock 9 || fail "another recording is running"

    export PYTHONDONTWRITEBYTECODE=1
    work=$(mktemp -d)
    trap clean_up EXIT
    trap 'exit 1' HUP INT TERM
    (($#)) || set -- "${names[@]}"
    for current in "$@"; do
        make_capture "$work/$current.pcapng"
        install -m 644 "$work/$current.pcapng" "$samples/"
    done
}

clean_up() {
    local status=$?
    ((status == 0)) || echo "${0##*/}: $current was not recorded" >&2
    services_stop
    network_down
    rm -rf "$work"
    exit "$status"
}

check_machine() {
    local pair missing=
    ((EUID == 0)) || fail "needs root: it makes network namespaces and captures in them"
    for pair in ip:iproute2 ethtool:ethtool flock:util-linux /usr/bin/python3:python3 tshark:tshark \
        dumpcap:wireshark-common "${needs[@]}"; do
        is_there "${pair%%:*}" || missing+=" ${pair##*:}"
    done
    [[ -z $missing ]] || fail "missing packages:$missing"
}

# is_there WHAT: a command, or a library by the name of its pkg-config file.
is_there() {
    if [[ $1 == *.pc ]]; then
        pkg-config --exists "${1%.pc}" 2>/dev/null
    else
        command -v "$1" >/dev/null
    fi
}

# finish: end the recording, once the last packets are in the file.
finish() {
    # The kernel hands packets to dumpcap in blocks, at the latest after a quarter of a second.
    sleep 1
    services_stop
    network_down
}
