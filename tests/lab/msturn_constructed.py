#!/usr/bin/python3
"""Write a capture of everything in Microsoft's dialect that no peer of the lab sends.

usage: msturn_constructed.py OUT

No peer was involved: each packet is made here, from tests/support/msturn_messages.py. It has the attributes of
[MS-TURN] 2.2.2, [MS-TURNBWM] 2.2 and [MS-ICE2] 2.2.2, in messages that are valid as far as these documents are known.
Undocumented: the key of the 32-byte integrity (here MD5, as for 20 bytes) and the content of Secure Tag.
"""

import struct
import sys
from pathlib import Path

import ice
import msturn_messages as ms
import stun
from media import Stream
from msturn_messages import Attribute, Message, Type, frame, multiplexed, noise, start, transaction_id
from msturn_session import LONG_TERM_KEY, REALM, USERNAME
from stun import address, error_code, unsigned32
from synthetic import Connection, Endpoint, Tape

CLIENT, SERVER, ALTERNATE = "10.48.54.230", "10.48.54.229", "10.48.54.228"
RELAYED_HOST, PEER_HOST = "192.168.1.229", "192.168.1.252"
IPV6_RELAYED, IPV6_PEER = ("2001:db8:192::229", 50000), ("2001:db8:192::252", 53577)
RELAYED, PEER = (RELAYED_HOST, 50000), (PEER_HOST, 53577)
SITE = ("198.51.100.1", 0)
RELAY_SITE = ("198.51.100.2", 0)

NONCE = noise("constructed nonce", 20)
CONNECTION_ID = noise("constructed connection", 20)
SESSION, PEER_SESSION = noise("client session", 8), noise("peer session", 8)
RESERVATION = noise("reservation", 16)
CHECK, COMMIT, UPDATE = 0, 1, 2  # [MS-TURNBWM] 2.2.1
VIDEO, RELIABLE = 2, 1  # [MS-TURN] 2.2.2.22
IPV6 = 2


class Dialogue:
    """The messages between one client and its server, in a given MS-Version ([MS-TURN] 2.2.2.17)."""

    def __init__(self, name: str, version: int, client: Endpoint):
        self.name, self.version, self.client = name, version, client
        # Both sides have to know SHA-256.
        self.digest = "sha256" if version >= 3 else "sha1"
        self.messages = self.sequence = 0

    def identify(self) -> bytes:
        """Transaction ids of Teams start with the cookie of RFC 5389, those of older clients do not."""
        self.messages += 1
        number = transaction_id(f"{self.name} {self.messages}")
        return unsigned32(stun.COOKIE) + number[4:] if self.version >= 6 else number

    def allocate(self) -> Message:
        request = start(Type.ALLOCATE_REQUEST, self.identify())
        return request.add(Attribute.MS_VERSION, unsigned32(self.version))

    def refuse(self, request: Message, code: int, reason: str) -> Message:
        error = start(Type.ALLOCATE_ERROR, request.transaction_id)
        error.add(Attribute.MS_VERSION, unsigned32(self.version))
        return error.add(Attribute.ERROR_CODE, error_code(code, reason))

    def demand_credentials(self, request: Message, alternate: Endpoint) -> Message:
        error = self.refuse(request, 401, "The request did not contain a Message-Integrity attribute")
        error.add(Attribute.ALTERNATE_SERVER, address(*alternate))
        return error.add(Attribute.NONCE, NONCE).add(Attribute.REALM, REALM)

    def authenticate(self, request: Message) -> Message:
        request.add(Attribute.NONCE, NONCE).add(Attribute.REALM, REALM)
        return request.add(Attribute.USERNAME, USERNAME)

    def grant(self, request: Message, lifetime: int = 60, relayed: Endpoint = RELAYED) -> Message:
        response = start(Type.ALLOCATE_RESPONSE, request.transaction_id)
        response.add(Attribute.LIFETIME, unsigned32(lifetime))
        response.add(Attribute.MAPPED_ADDRESS, address(*relayed))
        response.add(Attribute.MS_VERSION, unsigned32(self.version))
        response.add(Attribute.XOR_MAPPED_ADDRESS, ms.xor_address(*self.client, request.transaction_id))
        return response.add(Attribute.MS_SEQUENCE_NUMBER, ms.sequence_number(CONNECTION_ID, 0))

    def next_number(self, request: Message, short: bool = False) -> Message:
        """Teams sends the number without the connection id, [MS-TURN] 2.2.2.21 has both."""
        self.sequence += 1
        value = unsigned32(self.sequence) if short else ms.sequence_number(CONNECTION_ID, self.sequence)
        return request.add(Attribute.MS_SEQUENCE_NUMBER, value)

    def release(self, short: bool) -> Message:
        request = self.allocate().add(Attribute.LIFETIME, unsigned32(0))
        return self.authenticate(self.next_number(request, short))

    def send(self, data: bytes, peer: Endpoint = PEER) -> Message:
        request = start(Type.SEND_REQUEST, self.identify())
        request.add(Attribute.MS_VERSION, unsigned32(self.version)).add(Attribute.USERNAME, USERNAME)
        return request.add(Attribute.DESTINATION_ADDRESS, address(*peer)).add(Attribute.DATA, data)

    def indicate(self, data: bytes, peer: Endpoint = PEER) -> bytes:
        """Data indications are not signed."""
        indication = start(Type.DATA_INDICATION, transaction_id(f"{self.name} indication {data.hex()}"))
        return indication.add(Attribute.REMOTE_ADDRESS, address(*peer)).add(Attribute.DATA, data).encode()

    def set_active(self, peer: Endpoint = PEER) -> Message:
        request = start(Type.SET_ACTIVE_DESTINATION_REQUEST, self.identify())
        request.add(Attribute.MS_VERSION, unsigned32(self.version)).add(Attribute.USERNAME, USERNAME)
        return self.next_number(request).add(Attribute.DESTINATION_ADDRESS, address(*peer))

    def sign(self, message: Message) -> bytes:
        return message.encode(LONG_TERM_KEY, self.digest)


class FramedDialogue(Dialogue):
    """The same on a TCP connection, each message in a frame and a segment of its own."""

    def __init__(self, name: str, version: int, connection: Connection):
        super().__init__(name, version, connection.client)
        self.connection = connection

    def ask(self, data: bytes) -> None:
        self.connection.from_client(frame(ms.CONTROL, data))

    def answer(self, data: bytes) -> None:
        self.connection.from_server(frame(ms.CONTROL, data))

    def exchange(self, request: Message, response: Message) -> None:
        self.ask(self.sign(request))
        self.answer(self.sign(response))


# Connectivity checks


def check(label: str, asker: ice.Identity, answerer: ice.Identity) -> stun.Message:
    """In the format of RFC 5389, the foundation padded behind its length ([MS-ICE2] 2.2.2)."""
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, stun.transaction_id(label))
    request.add(Attribute.PRIORITY, unsigned32(asker.priority))
    request.add(asker.role, asker.tie_breaker.to_bytes(8, "big"))
    request.add(Attribute.USERNAME, f"{answerer.ufrag}:{asker.ufrag}".encode())
    request.add(Attribute.CANDIDATE_IDENTIFIER, b"1")
    return request.add(Attribute.IMPLEMENTATION_VERSION, unsigned32(3))


def answer(request: stun.Message, mapped: Endpoint) -> stun.Message:
    response = stun.Message(stun.Method.BINDING, stun.Class.SUCCESS, request.transaction_id)
    response.add(stun.Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(*mapped, request.transaction_id))
    return response.add(Attribute.IMPLEMENTATION_VERSION, unsigned32(3))


def signed(message: stun.Message, answerer: ice.Identity, faulty: bool = False) -> bytes:
    """With the password of the agent that answers, also its answer."""
    return ms.with_fingerprint(message.encode(stun.short_term_key(answerer.password)), faulty)


def different_crc_duplicates(label: str, asker: ice.Identity, answerer: ice.Identity) -> stun.Message:
    """A check whose FINGERPRINT comes out different with the faulty table; often it does not."""
    number = 0
    while True:
        number += 1
        request = check(f"{label} {number}", asker, answerer)
        if signed(request, answerer) != signed(request, answerer, faulty=True):
            return request


def old_check(asker: ice.Identity, answerer: ice.Identity) -> Message:
    """In the format of draft-ietf-behave-rfc3489bis-02: no cookie in the header, no padding, no FINGERPRINT."""
    request = Message(Type.BINDING_REQUEST, transaction_id(f"old check of {asker.name}"))
    request.add(Attribute.USERNAME, f"{answerer.ufrag}:{asker.ufrag}".encode())
    request.add(Attribute.PRIORITY, unsigned32(asker.priority)).add(Attribute.CANDIDATE_IDENTIFIER, b"1")
    return request.add(Attribute.IMPLEMENTATION_VERSION, unsigned32(1))


def old_answer(request: Message, mapped: Endpoint) -> Message:
    response = Message(Type.BINDING_RESPONSE, request.transaction_id)
    response.add(stun.Attribute.XOR_MAPPED_ADDRESS, ms.xor_address(*mapped, request.transaction_id))
    return response.add(Attribute.IMPLEMENTATION_VERSION, unsigned32(1))


# [MS-TURNBWM]


def reservation(request: Message, kind: int) -> Message:
    """What all three requests about bandwidth have; the minimum comes first ([MS-TURNBWM] 2.2.3)."""
    request.add(Attribute.BANDWIDTH_ADMISSION_CONTROL_MESSAGE, struct.pack("!HH", 0, kind))
    return request.add(Attribute.BANDWIDTH_RESERVATION_AMOUNT, struct.pack("!IIII", 64, 512, 32, 256))


def sites(request: Message) -> Message:
    number = request.transaction_id
    for attribute, site in (
        (Attribute.REMOTE_SITE_ADDRESS, SITE),
        (Attribute.REMOTE_RELAY_SITE_ADDRESS, RELAY_SITE),
        (Attribute.LOCAL_SITE_ADDRESS, (CLIENT, 0)),
        (Attribute.LOCAL_RELAY_SITE_ADDRESS, (SERVER, 0)),
    ):
        request.add(attribute, ms.xor_address(*site, number))
    # Peer in the intranet, self on the Internet, federated with an enterprise.
    return request.add(Attribute.LOCATION_PROFILE, bytes([2, 1, 1, 0]))


def site_answers(response: Message) -> Message:
    """The direct way is refused, with a way out over the telephone network; the others are granted."""
    response.add(Attribute.REMOTE_SITE_ADDRESS_RESPONSE, ms.site_response(False, True, 0, 0))
    response.add(Attribute.REMOTE_RELAY_SITE_ADDRESS_RESPONSE, ms.site_response(True, False, 512, 256))
    response.add(Attribute.LOCAL_SITE_ADDRESS_RESPONSE, ms.site_response(True, False, 512, 256))
    return response.add(Attribute.LOCAL_RELAY_SITE_ADDRESS_RESPONSE, ms.site_response(True, False, 256, 128))


# The conversations


def pseudo_tls(tape: Tape) -> None:
    """Version 6: all attributes of Allocate, bandwidth, all that frames can hold, and frames cut across segments."""
    connection = tape.connect((CLIENT, 33347), (SERVER, 443))
    connection.from_client(ms.client_hello(1_500_000_000, noise("client random", 28)))
    connection.from_server(ms.server_hello(1_500_000_000, noise("server random", 28), noise("server session", 32)))
    dialogue = FramedDialogue("pseudo-TLS", 6, connection)
    allocate_with_everything(dialogue)
    reserve_bandwidth(dialogue)

    request = check("relayed", ice.CMS, ice.EDGE)
    dialogue.ask(dialogue.sign(dialogue.send(stun.frame(signed(request, ice.EDGE)))))
    dialogue.answer(dialogue.indicate(stun.frame(signed(answer(request, RELAYED), ice.EDGE))))
    request = dialogue.set_active()
    dialogue.exchange(request, start(Type.SET_ACTIVE_DESTINATION_RESPONSE, request.transaction_id))
    end_to_end(connection)
    request = dialogue.release(short=True)
    dialogue.exchange(request, dialogue.grant(request, lifetime=0))
    connection.close()


def allocate_with_everything(dialogue: FramedDialogue) -> None:
    first, second = dialogue.allocate(), dialogue.allocate()
    for request in (first, second):
        request.add(Attribute.MS_APP_ID, unsigned32(2)).add(Attribute.UNDOCUMENTED_8006, unsigned32(1))
        request.add(Attribute.BANDWIDTH, unsigned32(12000))
        request.add(Attribute.MS_SERVICE_QUALITY, struct.pack("!HH", VIDEO, RELIABLE))
    dialogue.ask(first.encode())
    refusal = dialogue.demand_credentials(first, (SERVER, 443))
    refusal.add(Attribute.MAPPED_ADDRESS, address(*RELAYED)).add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    refusal.add(Attribute.XOR_MAPPED_ADDRESS, ms.xor_address(*dialogue.client, first.transaction_id))
    dialogue.answer(refusal.encode())

    second.add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    second.add(Attribute.MS_SECURE_TAG, noise("secure tag", 40))
    response = dialogue.grant(second)
    response.add(Attribute.MS_ALTERNATE_MAPPED_ADDRESS, address(*IPV6_RELAYED))
    response.add(Attribute.SOFTWARE, b"2.0.1.211").add(Attribute.BANDWIDTH, unsigned32(12000))
    response.add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    dialogue.exchange(dialogue.authenticate(second), response)


def reserve_bandwidth(dialogue: FramedDialogue) -> None:
    """Check, commit, update, cancel ([MS-TURNBWM] 3.3.5)."""
    request = sites(reservation(dialogue.allocate(), CHECK))
    request.add(Attribute.SIP_CALL_IDENTIFIER, b"3f0c1a77d2b94e58")
    dialogue.exchange(dialogue.authenticate(request), site_answers(dialogue.grant(request)))

    request = sites(reservation(dialogue.allocate(), COMMIT))
    request.add(Attribute.SIP_DIALOG_IDENTIFIER, b"3f0c1a77d2b94e58;from-tag=a1b2;to-tag=c3d4")
    response = site_answers(dialogue.grant(request)).add(Attribute.BANDWIDTH_RESERVATION_IDENTIFIER, RESERVATION)
    dialogue.exchange(dialogue.authenticate(request), response)

    request = reservation(dialogue.allocate(), UPDATE).add(Attribute.BANDWIDTH_RESERVATION_IDENTIFIER, RESERVATION)
    request.add(Attribute.SIP_DIALOG_IDENTIFIER, b"3f0c1a77d2b94e58;from-tag=a1b2;to-tag=c3d4")
    granted = struct.pack("!IIII", 64, 256, 32, 128)
    response = dialogue.grant(request).add(Attribute.BANDWIDTH_RESERVATION_AMOUNT, granted)
    dialogue.exchange(dialogue.authenticate(request), response)


def end_to_end(connection: Connection) -> None:
    """Frames of type 03 with an inner RFC 4571 length, without one, and with multiplexed TURN."""
    presenter, viewer = Stream("skype"), Stream("cms")
    checked = check("framed", ice.EDGE, ice.CMS)
    connection.from_server(end_to_end_frame(stun.frame(signed(checked, ice.CMS))))
    connection.from_client(end_to_end_frame(stun.frame(signed(answer(checked, PEER), ice.CMS))))
    bare = check("bare", ice.EDGE, ice.CMS)
    connection.from_server(end_to_end_frame(signed(bare, ice.CMS)))
    connection.from_client(end_to_end_frame(signed(answer(bare, PEER), ice.CMS)))
    connection.from_server(end_to_end_frame(presenter.rtp(160)))
    connection.from_client(end_to_end_frame(multiplexed(PEER_SESSION, viewer.rtp(48))))
    connection.from_server(end_to_end_frame(multiplexed(SESSION, presenter.sender_report())))

    # Two frames in one segment; one packet in two frames; one frame in three segments, cut within its header.
    two = end_to_end_frame(stun.frame(presenter.rtp(101))) + end_to_end_frame(stun.frame(presenter.rtp(99)))
    connection.from_server(two)
    packet = stun.frame(presenter.rtp(900, marker=True))
    connection.from_server(end_to_end_frame(packet[:500]) + end_to_end_frame(packet[500:]))
    connection.from_server(end_to_end_frame(stun.frame(presenter.rtp(400, marker=True))), cuts=(3, 200))


def end_to_end_frame(data: bytes) -> bytes:
    return frame(ms.END_TO_END, data)


def redirection(tape: Tape) -> None:
    """A full server names another one."""
    connection = tape.connect((CLIENT, 33348), (SERVER, 3478))
    dialogue = FramedDialogue("redirection", 2, connection)
    request = dialogue.allocate()
    dialogue.ask(request.encode())
    error = dialogue.refuse(request, 300, "Try Alternate")
    error.add(Attribute.ALTERNATE_SERVER, address(ALTERNATE, 3478))
    dialogue.answer(error.add(Attribute.MS_ALTERNATE_HOST_NAME, b"edge2.example").encode())
    connection.close()


def plain_tcp(tape: Tape) -> None:
    """Version 2: 20-byte integrity, errors, sequence numbers of 24 bytes; all of it without pseudo-TLS."""
    connection = tape.connect((CLIENT, 33349), (ALTERNATE, 3478))
    dialogue = FramedDialogue("plain", 2, connection)
    request = dialogue.allocate().add(0x7FF1, b"odd")
    dialogue.ask(request.encode())
    error = dialogue.refuse(request, 420, "Unknown Attribute")
    dialogue.answer(error.add(Attribute.UNKNOWN_ATTRIBUTES, struct.pack("!H", 0x7FF1)).encode())

    request = dialogue.allocate()
    dialogue.ask(request.encode())
    dialogue.answer(dialogue.demand_credentials(request, (ALTERNATE, 3478)).encode())
    request = dialogue.authenticate(dialogue.allocate())
    dialogue.exchange(request, dialogue.grant(request))

    asked = check("unframed data", ice.CMS, ice.EDGE)
    dialogue.ask(dialogue.sign(dialogue.next_number(dialogue.send(signed(asked, ice.EDGE)))))
    dialogue.answer(dialogue.indicate(signed(answer(asked, RELAYED), ice.EDGE)))
    presenter = Stream("skype")
    request = dialogue.set_active()
    dialogue.ask(dialogue.sign(request))
    # The new destination is in force before the response is sent ([MS-TURN] 3.3.5.3).
    connection.from_server(end_to_end_frame(presenter.rtp(160)))
    dialogue.answer(dialogue.sign(start(Type.SET_ACTIVE_DESTINATION_RESPONSE, request.transaction_id)))
    connection.from_client(end_to_end_frame(Stream("cms").rtp(32)))

    request = dialogue.set_active((PEER_HOST, 53578))
    error = start(Type.SET_ACTIVE_DESTINATION_ERROR, request.transaction_id)
    error.add(Attribute.ERROR_CODE, error_code(439, "Active destination already set"))
    dialogue.exchange(request, error)
    # On an error the old destination stays.
    connection.from_server(end_to_end_frame(presenter.rtp(420, marker=True)))
    request = dialogue.release(short=False)
    dialogue.exchange(request, dialogue.grant(request, lifetime=0))
    connection.close()


def multiplexed_tcp(tape: Tape) -> None:
    """0xFF10 at the start of a TCP connection, no frame header in front of it."""
    connection = tape.connect((PEER_HOST, 53579), (RELAYED_HOST, 3479))
    request = check("multiplexed on TCP", ice.EDGE, ice.CMS)
    request.add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, PEER_SESSION)
    connection.from_client(multiplexed(SESSION, signed(request, ice.CMS)))
    connection.from_server(multiplexed(PEER_SESSION, signed(answer(request, PEER), ice.CMS)))
    presenter = Stream("skype")
    # An odd length, and nothing between the packets.
    connection.from_client(multiplexed(SESSION, presenter.rtp(101)) + multiplexed(SESSION, presenter.rtp(64)))
    connection.close()


def teams_udp(tape: Tape) -> None:
    """Version 6 on UDP: the second request goes to the alternate server, the answer comes from the first one."""
    client, server, alternate = (CLIENT, 50016), (SERVER, 3478), (ALTERNATE, 3478)
    dialogue = Dialogue("Teams", 6, client)
    request = dialogue.allocate()
    tape.datagram(client, server, request.encode())
    refusal = dialogue.demand_credentials(request, alternate)
    refusal.add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    tape.datagram(server, client, refusal.encode())
    request = dialogue.allocate().add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    request = dialogue.authenticate(request)
    tape.datagram(client, alternate, dialogue.sign(request))
    relayed, peer_relay = (RELAYED_HOST, 3479), (RELAYED_HOST, 3480)
    tape.datagram(server, client, dialogue.sign(dialogue.grant(request, relayed=relayed)))

    asked = teams_check("Teams", ice.CMS, ice.EDGE).add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, SESSION)
    tape.datagram(client, server, dialogue.sign(dialogue.send(signed(asked, ice.EDGE), peer_relay)))
    tape.datagram(server, client, dialogue.indicate(signed(answer(asked, relayed), ice.EDGE), peer_relay))

    # From the peer's relay to the client bare, and back with the session id that came with it.
    asked = teams_check("Teams back", ice.EDGE, ice.CMS)
    asked.add(Attribute.MS_MULTIPLEXED_TURN_SESSION_ID, PEER_SESSION)
    tape.datagram(peer_relay, client, signed(asked, ice.CMS))
    tape.datagram(client, peer_relay, multiplexed(PEER_SESSION, signed(answer(asked, peer_relay), ice.CMS)))

    activation = dialogue.set_active(peer_relay)
    tape.datagram(client, server, dialogue.sign(activation))
    response = start(Type.SET_ACTIVE_DESTINATION_RESPONSE, activation.transaction_id)
    tape.datagram(server, client, dialogue.sign(response))
    presenter, viewer = Stream("skype"), Stream("cms")
    tape.datagram(server, client, presenter.rtp(160))
    tape.datagram(client, server, viewer.receiver_report(presenter))
    tape.datagram(client, server, multiplexed(PEER_SESSION, viewer.rtp(51)))

    request = dialogue.release(short=True)
    tape.datagram(client, server, dialogue.sign(request))
    tape.datagram(server, client, dialogue.sign(dialogue.grant(request, lifetime=0)))


def teams_check(label: str, asker: ice.Identity, answerer: ice.Identity) -> stun.Message:
    request = check(label, asker, answerer)
    return request.add(Attribute.UNDOCUMENTED_8036, unsigned32(1)).add(Attribute.MS_APP_ID, unsigned32(2))


def ipv6_udp(tape: Tape) -> None:
    """Version 4: the client asks for a relayed address of IPv6, and sends to a peer on IPv6."""
    client, server = (CLIENT, 50017), (SERVER, 3478)
    dialogue = Dialogue("IPv6", 4, client)
    family = bytes([IPV6, 0, 0, 0])
    request = dialogue.allocate().add(Attribute.REQUESTED_ADDRESS_FAMILY, family)
    tape.datagram(client, server, request.encode())
    tape.datagram(server, client, dialogue.demand_credentials(request, server).encode())
    request = dialogue.authenticate(dialogue.allocate().add(Attribute.REQUESTED_ADDRESS_FAMILY, family))
    tape.datagram(client, server, dialogue.sign(request))
    tape.datagram(server, client, dialogue.sign(dialogue.grant(request, relayed=IPV6_RELAYED)))
    asked = check("IPv6", ice.CMS, ice.EDGE)
    tape.datagram(client, server, dialogue.sign(dialogue.send(signed(asked, ice.EDGE), IPV6_PEER)))
    tape.datagram(server, client, dialogue.indicate(signed(answer(asked, IPV6_RELAYED), ice.EDGE), IPV6_PEER))


def direct_checks(tape: Tape) -> None:
    """Between the peers: both formats of checks, each sent twice with two FINGERPRINTs, nomination with the same transaction."""
    here, there = (CLIENT, 50020), PEER
    key = stun.short_term_key(ice.EDGE.password)
    old = old_check(ice.CMS, ice.EDGE)
    tape.datagram(here, there, old.encode(key))
    tape.datagram(there, here, old_answer(old, here).encode(key))

    request = different_crc_duplicates("twins", ice.CMS, ice.EDGE)
    tape.datagram(here, there, signed(request, ice.EDGE))
    tape.datagram(here, there, signed(request, ice.EDGE, faulty=True))
    response = answer(request, here)
    tape.datagram(there, here, signed(response, ice.EDGE))
    tape.datagram(there, here, signed(response, ice.EDGE, faulty=True))

    request = check("nomination", ice.EDGE, ice.CMS)
    tape.datagram(there, here, signed(request, ice.CMS))
    tape.datagram(here, there, signed(answer(request, there), ice.CMS))
    request.add(Attribute.USE_CANDIDATE).add(Attribute.UNDOCUMENTED_8033)
    tape.datagram(there, here, signed(request, ice.CMS))
    tape.datagram(here, there, signed(answer(request, there), ice.CMS))


def main() -> None:
    tape = Tape("constructed")
    conversations = pseudo_tls, redirection, plain_tcp, multiplexed_tcp, teams_udp, ipv6_udp, direct_checks
    for conversation in conversations:
        first = len(tape.packets) + 1
        conversation(tape)
        print(f"{conversation.__name__}: frames {first} to {len(tape.packets)}")
    tape.write(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
