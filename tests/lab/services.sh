# shellcheck shell=bash disable=SC2154 # work, the temporary folder, is driver.sh's
# The TURN server, its peer and the recorder. Sourced by driver.sh, after network.sh.

readonly REALM=TANDBERG
readonly TURN_USER=turn
readonly TURN_PASSWORD=expressway
readonly PEER_PORT=3480

# Seconds after which a service ends by itself, should record be killed.
readonly SERVICE_LIMIT=60

services=()

# service_start HOST COMMAND ...: without record's lock (descriptor 9), which must not outlive a killed run.
service_start() {
    timeout "$SERVICE_LIMIT" ip netns exec "$@" 9>&- &
    services+=($!)
}

# services_stop: the last one started, which is the recorder, first.
services_stop() {
    while ((${#services[@]})); do
        kill "${services[-1]}" 2>/dev/null || true
        wait "${services[-1]}" || true
        unset 'services[-1]'
    done
}

# server_start PORT FIRST_RELAY_PORT LAST_RELAY_PORT [OPTION ...]
server_start() {
    local port=$1 first=$2 last=$3
    shift 3
    service_start "$EXPRESSWAY" turnserver -n --no-cli \
        --lt-cred-mech --realm "$REALM" --user "$TURN_USER:$TURN_PASSWORD" --fingerprint \
        --listening-ip "$INSIDE_IP" --listening-port "$port" --tls-listening-port "$port" --no-udp --no-dtls \
        --relay-ip "$OUTSIDE_IP" --min-port "$first" --max-port "$last" \
        --userdb "$work/turndb" --pidfile "$work/turnserver.pid" --log-file "$work/turnserver.log" \
        --simple-log --no-stdout-log "$@" >"$work/turnserver.out" 2>&1
    wait_until "the TURN server listens" listens "$EXPRESSWAY" tcp "$port"
}

# peer_start: coturn's echo server, on PEER_PORT and the port above it.
peer_start() {
    service_start "$EDGE" turnutils_peer -L "$EDGE_IP" -p "$PEER_PORT" >"$work/peer.out" 2>&1
    wait_until "the peer listens" listens "$EDGE" udp "$((PEER_PORT + 1))"
}

# recorder_start FILE: records TCP and UDP; the rest is noise of the interfaces coming up.
recorder_start() {
    service_start "$EXPRESSWAY" dumpcap -q -f "tcp or udp" -i outside -i inside -w "$1" 2>"$work/dumpcap.log"
    wait_until "dumpcap records" grep -q '^File: ' "$work/dumpcap.log"
}

# listens HOST PROTOCOL PORT: true when a socket of that host is open there.
listens() {
    [[ -n $(ip netns exec "$1" ss --no-header --numeric --listening "--$2" "sport = :$3") ]]
}

# wait_until WHAT COMMAND ...: ten seconds at most.
wait_until() {
    local what=$1 deadline=$((SECONDS + 10))
    shift
    until "$@" 2>/dev/null; do
        ((SECONDS < deadline)) || fail "waited in vain: $what"
        sleep 0.1
    done
}
