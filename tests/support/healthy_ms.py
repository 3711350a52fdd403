"""Healthy clients in Microsoft's dialect: the dialogue of [MS-TURN] 3.2 and 3.3, as libnice and Teams have it."""

import stun
import turn
from healthy import MILLISECOND, NOMINATED, SECOND, Behaviours, Path
from relayed_call import CLIENT, PEER
from stun import Attribute, Class, Method

microsoft = Behaviours()

MS_TCP = Path("ms-tcp", lambda scene: scene.microsoft(), lambda call: None)
MS_UDP = Path("ms-udp", lambda scene: scene.microsoft(udp=True), lambda call: None)


def ms_check(call, sender: bool, label: str, nominate: bool = False, active: bool = False,
             wait: int = 10 * MILLISECOND) -> None:
    """A check and its answer; in Send requests and Data indications, or to and from the active destination."""
    role = Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING
    names = b"there:here" if sender == CLIENT else b"here:there"
    attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
    attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, bytes(8)), (Attribute.USERNAME, names),
                   (Attribute.MS_IMPLEMENTATION_VERSION, bytes([0, 0, 0, 2]))]
    own = f"{call.name} {label}"
    mapped = Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(*(call.ends.relayed if sender == PEER else call.ends.peer),
                                                            stun.transaction_id(own))
    for who, packet in ((sender, turn.message(Method.BINDING, Class.REQUEST, own, *attributes, key=b"password")),
                        (not sender, turn.message(Method.BINDING, Class.SUCCESS, own, mapped, key=b"password"))):
        if active:
            call.end_to_end(who, packet, wait=wait)
        elif who == CLIENT:
            call.send_request(f"send {label}", packet, wait=wait)
        else:
            call.data_indication(f"data {label}", packet, wait=wait)
        wait = 10 * MILLISECOND


def ms_nominated(call) -> None:
    ms_check(call, PEER, "first")
    ms_check(call, CLIENT, "back")
    ms_check(call, PEER, "nomination", nominate=True)


def ms_end(call) -> None:
    call.release()
    if not call.udp:
        call.line.close()


@microsoft.on(MS_TCP, MS_UDP)
def call_with_an_active_destination(scene, path):
    """Allocate twice, checks in Send requests and Data indications, Set Active Destination, media, release."""
    call = path.begin(scene)
    ms_nominated(call)
    call.set_active()
    for number in range(5):
        call.end_to_end(PEER, turn.rtp(number + 1), wait=20 * MILLISECOND)
        call.end_to_end(CLIENT, turn.rtp(number + 100))
    ms_end(call)
    return NOMINATED,


@microsoft.on(MS_TCP, MS_UDP)
def refreshed_each_minute(scene, path):
    """[MS-TURN] 3.2.5: an Allocate request refreshes; here each 50 s of 60 (Teams gives one minute)."""
    call = path.begin(scene)
    ms_nominated(call)
    for number in range(4):
        call.allocate(f"refresh {number}", wait=50 * SECOND, lifetime=60)
    ms_end(call)
    return NOMINATED,


@microsoft.on(MS_TCP, MS_UDP)
def consent_in_the_stream(scene, path):
    """[MS-ICE2]: checks as keep-alive, to and from the active destination, each 5 s."""
    call = path.begin(scene)
    ms_nominated(call)
    call.set_active()
    for number in range(8):
        ms_check(call, CLIENT, f"alive {number}", active=True, wait=5 * SECOND)
        ms_check(call, PEER, f"alive back {number}", active=True)
    ms_end(call)
    return NOMINATED,
