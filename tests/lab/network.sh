# shellcheck shell=bash
# The three hosts of the call as network namespaces. Sourced by driver.sh.
#
#   edge ---- outside [expressway] inside ---- cms
#
# The interfaces of the middle host are named for their side, because dumpcap writes these names into the capture.

readonly EDGE=msturn-lab-edge
readonly EXPRESSWAY=msturn-lab-expressway
readonly CMS=msturn-lab-cms
readonly HOSTS=("$EDGE" "$EXPRESSWAY" "$CMS")

# Addresses for documentation (RFC 9542), so that no capture carries an address of the recording machine.
readonly EDGE_MAC=00:00:5e:00:53:52
readonly OUTSIDE_MAC=00:00:5e:00:53:29
readonly INSIDE_MAC=00:00:5e:00:53:2a
readonly CMS_MAC=00:00:5e:00:53:30

readonly EXPRESSWAY_C_IP=10.48.54.227 # speaks SIP with CMS, where a call has it

# network_addresses FAMILY: sets EDGE_IP, OUTSIDE_IP, INSIDE_IP, CMS_IP and PREFIX.
network_addresses() {
    if [[ $1 == ipv6 ]]; then
        EDGE_IP=2001:db8:192::252 OUTSIDE_IP=2001:db8:192::229
        INSIDE_IP=2001:db8:10::229 CMS_IP=2001:db8:10::230
        PREFIX=64
    else
        EDGE_IP=192.168.1.252 OUTSIDE_IP=192.168.1.229
        INSIDE_IP=10.48.54.229 CMS_IP=10.48.54.230
        PREFIX=24
    fi
}

# network_down: also removes what an earlier run left behind when it was killed.
network_down() {
    local host pids
    for host in "${HOSTS[@]}"; do
        [[ -e /run/netns/$host ]] || continue
        pids=$(ip netns pids "$host")
        # shellcheck disable=SC2086 # one word a process
        [[ -z $pids ]] || kill -KILL $pids 2>/dev/null || true
        ip netns delete "$host"
    done
}

# network_up FAMILY
network_up() {
    local host
    network_addresses "$1"
    network_down
    for host in "${HOSTS[@]}"; do
        ip netns add "$host"
        ip -n "$host" link set lo up
    done
    link "$EDGE" uplink "$EDGE_MAC" "$EDGE_IP" outside "$OUTSIDE_MAC" "$OUTSIDE_IP"
    link "$CMS" uplink "$CMS_MAC" "$CMS_IP" inside "$INSIDE_MAC" "$INSIDE_IP"
}

# link HOST DEVICE MAC ADDRESS DEVICE MAC ADDRESS: a cable from the host to the Expressway.
link() {
    ip -n "$1" link add "$2" address "$3" type veth peer name "$5" address "$6" netns "$EXPRESSWAY"
    interface_up "$1" "$2" "$4"
    interface_up "$EXPRESSWAY" "$5" "$7"
}

interface_up() {
    # Without this a capture shows checksums that nobody has filled in yet, and segments larger than the link's.
    ip netns exec "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
    local options=()
    # Duplicate address detection would keep the address unusable for a second.
    [[ $3 != *:* ]] || options=(nodad)
    ip -n "$1" address add "$3/$PREFIX" dev "$2" "${options[@]}"
    ip -n "$1" link set "$2" up
}
