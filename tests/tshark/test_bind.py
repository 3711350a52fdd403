"""RFC 6062 4.3, 5.4: behind ConnectionBind a connection carries the peer's bytes, in each direction from its own place.

The client's bytes behind its request and the server's behind its success response are the peer's. Those of ICE agents
are RFC 4571 frames (RFC 6544 7.1); other peers' may be anything.
"""

import stun
import turn
from wireshark import Packet

CHECK, ANSWER = stun.frame(turn.check()), stun.frame(turn.answer())


def types(packet: Packet) -> list[str]:
    return packet.all("msturn.type")


def lengths(packet: Packet) -> list[str]:
    return packet.all("msturn.rfc4571.length")


def test_peers_bytes_behind_the_response_in_its_segment(tshark, write, passes, capture):
    data = capture.connection()
    data.client(turn.bind())
    frame = data.server(turn.bound() + CHECK + stun.frame(turn.rtp(5)))
    after = data.server(CHECK)
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[frame]) == ["0x010b", "0x0001"]
    assert lengths(packets[frame]) == [str(len(turn.check())), str(len(turn.rtp(5)))]
    assert "rtp" in packets[frame].names
    assert types(packets[after]) == ["0x0001"]
    assert packets[frame].findings == packets[after].findings == []


def test_clients_bytes_behind_the_request_in_its_segment(tshark, write, passes, capture):
    """Ahead of the response: the direction has switched, the other one has not."""
    data = capture.connection()
    frame = data.client(turn.bind() + CHECK)
    response = data.server(turn.bound())
    after = data.client(ANSWER)
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[frame]) == ["0x000b", "0x0001"]
    assert types(packets[response]) == ["0x010b"]
    assert types(packets[after]) == ["0x0101"]


def test_switch_inside_a_segment_at_any_place(tshark, write, passes, capture):
    """Two segments, the first one ending so many bytes behind the success response."""
    frames = {}
    for place in range(1, 30):
        data = capture.connection()
        data.client(turn.bind())
        frames[place] = data.server_stream(turn.bound() + CHECK + ANSWER, [len(turn.bound()) + place])
    packets = tshark.trees(write(capture), *passes)
    for place, both in frames.items():
        assert [t for frame in both for t in types(packets[frame])] == ["0x010b", "0x0001", "0x0101"], f"{place} bytes behind"
        assert [name for frame in both for name in packets[frame].findings] == []


def test_each_direction_switches_at_its_own_place(tshark, write, passes, capture):
    """A server message ahead of the success response is plain, although the client's bytes are framed already."""
    data = capture.connection()
    data.client(turn.bind() + CHECK)
    early = data.server(turn.keep_alive("server"))
    late = data.server(turn.bound() + ANSWER)
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[early]) == ["0x0011"] and lengths(packets[early]) == []
    assert types(packets[late]) == ["0x010b", "0x0101"]


def test_refused_bind_leaves_the_server_plain(tshark, write, passes, capture):
    """And the client may try again."""
    data = capture.connection()
    data.client(turn.bind("first"))
    refused = data.server(turn.bind_refused("first"))
    again = data.client(turn.bind("second"))
    response = data.server(turn.bound("second") + CHECK)
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[refused]) == ["0x011b"]
    assert types(packets[again]) == ["0x000b"]
    assert types(packets[response]) == ["0x010b", "0x0001"]
    assert packets[refused].findings == ["bind_refused"]
    for frame in (again, response):
        assert packets[frame].findings == []


def test_media_may_be_the_first_bytes_of_the_peer(tshark, write, passes, capture):
    """Checks can have been on another connection, or before the capture."""
    data = capture.connection()
    data.client(turn.bind())
    first = data.server(turn.bound() + stun.frame(turn.rtp(1)) + stun.frame(turn.rtp(2)))
    other = data.client(stun.frame(turn.rtp(7)))
    more = data.client(stun.frame(turn.rtcp()) + stun.frame(turn.rtp(8)))
    packets = tshark.trees(write(capture), *passes)
    assert packets[first].all("rtp.seq") == ["1", "2"]
    assert packets[other].all("rtp.seq") == ["7"]
    assert packets[more].all("rtp.seq") == ["8"]
    assert "rtcp" in packets[more].names


def test_peer_that_speaks_another_protocol(tshark, write, passes, capture):
    """RFC 6062 relays TCP, not ICE: nothing is lost, and nothing made up."""
    data = capture.connection()
    data.client(turn.bind())
    response = data.server(turn.bound())
    request = data.client(b"GET / HTTP/1.1\r\nHost: peer.example\r\n\r\n")
    answer = data.server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[response]) == ["0x010b"]
    for frame, begin in ((request, b"GET"), (answer, b"HTTP")):
        assert types(packets[frame]) == lengths(packets[frame]) == packets[frame].all("msturn.channel") == []
        assert b"".join(map(bytes.fromhex, packets[frame].all("msturn.opaque"))).startswith(begin)
        assert packets[frame].findings == []


def test_peer_without_framing_in_every_size_of_segments(tshark, write, passes, capture):
    """All bytes of such a peer are shown, also those that come one by one."""
    data = capture.connection()
    data.client(turn.bind())
    data.server(turn.bound())
    content = turn.noise(300)
    frames = data.server_stream(content[:50], [1] * 50) + data.server_stream(content[50:], [7, 100])
    packets = tshark.trees(write(capture), *passes)
    shown = b"".join(bytes.fromhex(value) for frame in frames for value in packets[frame].all("msturn.opaque"))
    assert shown == content


def test_messages_without_frames_behind_the_bind(tshark, write, passes, capture):
    """A peer that forgets RFC 4571, or TURN inside of TURN."""
    data = capture.connection()
    data.client(turn.bind())
    frame = data.server(turn.bound() + turn.check("bare") + turn.allocate("inner"))
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[frame]) == ["0x010b", "0x0001", "0x0003"]


def test_control_connection_stays_plain(tshark, write, passes, capture):
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated())
    attempt = control.server(turn.attempt())
    data = capture.connection(client=(control.ends[True][0], 44342))
    data.client(turn.bind())
    data.server(turn.bound() + CHECK)
    after = control.client(turn.refresh())
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[attempt]) == ["0x001c"]
    assert types(packets[after]) == ["0x0004"]
    assert packets[attempt].all("msturn.connection_id") == ["0x01020304"]
    assert packets[attempt].all("msturn.xor_peer_address.ip") == [turn.PEER[0]]


def test_switch_on_every_port(tshark, write, passes, capture):
    frames = {}
    for port in (3478, 5349, 443, 80, 8347, 25000, 50001):
        data = capture.connection(server=("192.0.2.1", port))
        data.client(turn.bind())
        frames[port] = data.server(turn.bound() + CHECK), data.client(ANSWER + stun.frame(turn.rtp()))
    packets = tshark.trees(write(capture), *passes)
    for port, (frame, after) in frames.items():
        assert types(packets[frame]) == ["0x010b", "0x0001"], f"port {port}"
        assert types(packets[after]) == ["0x0101"] and "rtp" in packets[after].names, f"port {port}"


def test_binds_do_not_mix_up_connections(tshark, write, passes, capture):
    """Twenty of one client at a time, each segment in two halves."""
    connections = [capture.connection(client=("10.9.9.9", 41000 + i)) for i in range(20)]
    requests, responses = {}, {}
    for i, data in enumerate(connections):
        data.client(turn.bind(f"bind {i}")[:33])
    for i, data in enumerate(connections):
        requests[data.client(turn.bind(f"bind {i}")[33:])] = i
    for i, data in enumerate(connections):
        responses[data.server(turn.bound(f"bind {i}") + stun.frame(turn.check(f"check {i}")))] = i
    packets = tshark.trees(write(capture), *passes)
    for frame, i in requests.items():
        assert bytes.fromhex(packets[frame].all("msturn.transaction_id")[0]) == stun.transaction_id(f"bind {i}")
    for frame, i in responses.items():
        ids = [bytes.fromhex(value) for value in packets[frame].all("msturn.transaction_id")]
        assert ids == [stun.transaction_id(f"bind {i}"), stun.transaction_id(f"check {i}")]


def test_bind_over_ipv6(tshark, write, passes, capture):
    data = capture.connection(server=("2001:db8:1::1", 3478))
    data.client(turn.bind())
    frame = data.server(turn.bound() + CHECK)
    packets = tshark.trees(write(capture), *passes)
    assert types(packets[frame]) == ["0x010b", "0x0001"]


# Connections that a server announced (RFC 6062 5.3): taken from the first byte on, on any port


def test_relayed_address_is_expected_to_be_connected_to(tshark, write, passes, capture):
    """The peer's connection to a relayed address outside of every range, beginning with media, split early."""
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated(relayed=turn.RELAYED))
    peer = capture.connection(client=turn.PEER, server=turn.RELAYED)
    frames = peer.client_stream(CHECK + stun.frame(turn.rtp(3)), [1, 1, 5])
    answer = peer.server(ANSWER)
    packets = tshark.trees(write(capture), *passes)
    assert [t for frame in frames for t in types(packets[frame])] == ["0x0001"]
    assert packets[frames[-1]].all("rtp.seq") == ["3"]
    assert types(packets[answer]) == ["0x0101"]


def test_other_connections_to_a_relayed_address_stay_theirs(tshark, write, passes, capture):
    """Expected is not claimed: a stranger's bytes are not ours."""
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated(relayed=("192.0.2.1", 35001)))
    stranger = capture.connection(client=("198.51.100.9", 40001), server=("192.0.2.1", 35001))
    frame = stranger.client(b"SSH-2.0-OpenSSH_9.2\r\n")
    packets = tshark.trees(write(capture), *passes)
    assert packets[frame].units == []


def test_data_connection_is_expected_after_an_attempt(tshark, write, passes, capture):
    """On a port of nobody, its first message byte by byte."""
    server = ("192.0.2.1", 8347)
    control = capture.connection(server=server)
    control.client(turn.allocate())
    control.server(turn.allocated())
    control.server(turn.attempt())
    data = capture.connection(client=(control.ends[True][0], 44342), server=server)
    frames = data.client_stream(turn.bind(), [1] * 30)
    response = data.server(turn.bound() + CHECK)
    packets = tshark.trees(write(capture), *passes)
    assert [t for frame in frames for t in types(packets[frame])] == ["0x000b"]
    assert types(packets[response]) == ["0x010b", "0x0001"]
