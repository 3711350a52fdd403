"""A call through a relay with the SIP in front of it: the peer offers, the client allocates and answers. Standard library only."""

import sip
import stun
from relayed_call import CLIENT, PEER, RelayedCall
from stun import Attribute, Class, Method
from tcpcap import Connection

SIP_PORT = 5060


class Signalled:
    """A call through a relay, and its signalling. Its user fragments, its Call-ID and its transactions are made of its name."""

    def __init__(self, call: RelayedCall, name: str, line: Connection | None = None):
        """`line`: of SIP, where it is that of another call."""
        self.call_id = name
        self.named = True  # checks have a USERNAME
        self.call = call
        self.ends = call.ends
        self.names = {"peer": (f"p{name}", "password"), "client": (f"c{name}", "password")}
        self.line = line or call.connection((self.ends.peer[0], 50601), (self.ends.client[0], SIP_PORT))

    def candidate(self, end, kind: str, base=None, transport: str = "TCP-PASS") -> str:
        related = f" raddr {base[0]} rport {base[1]}" if base else ""
        return f"1 1 {transport} 2120613887 {end[0]} {end[1]} typ {kind}{related}"

    def _names(self, who: str) -> tuple[str, str]:
        ufrag, password = self.names[who]
        return "".join(character for character in ufrag if character.isalnum()), password

    def describe(self, who: str, candidates, at, port: int | None = None, **options) -> str:
        return sip.description(f"{who} 1 1", at[0], at[1] if port is None else port, self._names(who), candidates, **options)

    def offered(self, at=None, **options) -> int:
        candidates = [self.candidate(self.ends.peer, "host"), self.candidate(self.ends.peer, "host", transport="TCP-ACT")]
        return self.invited(candidates, at or self.ends.peer, **options)

    def invited(self, candidates, at, sequence: int = 1, **options) -> int:
        body = self.describe("peer", candidates, at, **options)
        return self.line.client(sip.invite(body, call=self.call_id, sequence=sequence))

    def answered(self, candidates=None, at=None, sequence: int = 1, **options) -> int:
        if candidates is None:
            candidates = [self.candidate(self.ends.relayed, "relay", self.ends.client)]
        body = self.describe("client", candidates, at or self.ends.relayed, **options)
        return self.line.server(sip.ok(body, call=self.call_id, sequence=sequence))

    def connected(self) -> None:
        """Up to the first check."""
        self.call.permit()
        self.call.peer_connects()
        self.call.bind()

    def check(self, sender: bool, label: str, nominate: bool = False, receiver: str = "", answered: bool = True) -> tuple[int, int]:
        peer, client = self._names("peer")[0], self._names("client")[0]
        names = f"{receiver or peer}:{client}" if sender == CLIENT else f"{receiver or client}:{peer}"
        role = Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING
        attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
        attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, bytes(range(8)))]
        attributes += [(Attribute.USERNAME, names.encode())] if self.named else []
        packet = self.call.message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password")
        frames = self.call.pass_on(sender, packet, label)
        if answered:
            self.call.answer(not sender, label)
        return frames

    def checked(self) -> None:
        self.check(PEER, "first")
        self.check(CLIENT, "back")
        self.check(PEER, "nomination", nominate=True)
