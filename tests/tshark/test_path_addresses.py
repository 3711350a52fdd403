"""The addresses that each side of a path saw: `addresses` of the JSON, and the remarks in the report."""

import json

import pytest
import turn
from case_calls import challenged, permission, permitted
from relayed_call import RelayedCall, ends

NAT = ("203.0.113.5", 40001)
PRIVATE, PUBLIC = ("10.21.0.2", 35000), ("198.51.100.2", 35000)
PEER = "198.51.100.77"
BEHIND_NAT = "a NAT is between this capture and the server"
OUT_OF_REACH = "Private, and the peer's address is not"


def nobody_connects(capture, relayed, mapped) -> None:
    """An allocation and a permission, and then nothing for 20 s."""
    call = RelayedCall(capture, ends(), name="call")
    challenged(call)
    call.control.client(turn.allocate())
    call.control.server(turn.allocated(relayed=relayed, mapped=mapped))
    call.control.client(permission(call, "permission", peer=(PEER, 0)))
    call.control.server(permitted(call, "permission"))
    capture.time += 20_000_000
    call.control.close()


def seen(path: dict) -> dict[str, tuple[str, str | None]]:
    return {address["seen"]: (address["address"], address["remark"]) for address in path["addresses"]}


@pytest.mark.parametrize("relayed, unreachable", [(PRIVATE, True), (PUBLIC, False)])
@pytest.mark.parametrize("mapped, translated", [(NAT, True), (None, False)])
def test_what_lies_between(tshark, write, capture, relayed, unreachable, mapped, translated):
    client = ends().client
    nobody_connects(capture, relayed, mapped or client)
    path = write(capture)
    found = seen(json.loads(tshark.run(path, "-q", "-z", "msturn,json"))["paths"][0])
    assert found["client"] == (f"{client[0]}:{client[1]}", None)
    assert found["relayed"][0] == f"{relayed[0]}:{relayed[1]}" and found["peer_permitted"][0] == f"{PEER}:0"
    assert (BEHIND_NAT in (found["mapped"][1] or "") and found["mapped"][1].startswith("Not")) is translated
    assert (OUT_OF_REACH in (found["relayed"][1] or "")) is unreachable
    told = " ".join(tshark.run(path, "-q", "-z", "msturn,report").split())
    assert (f"{NAT[0]}:{NAT[1]} (Client, as the server sees it). Not the address" in told) is translated
    assert (f"{relayed[0]}:{relayed[1]} (Relayed, as the client was told). {OUT_OF_REACH}" in told) is unreachable
