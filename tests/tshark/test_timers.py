"""What has to be renewed on a path, and when it was: `timers` of the JSON, and the sentence of the step upkeep."""

import json

from healthy import nominated
from rule_cases import Scene
from stun import Attribute, Method

JSON = ("-q", "-z", "msturn,json")


def timers(path: dict) -> dict[str, tuple]:
    return {timer["timer"]: (timer["holds_s"], timer["renewed_frame"]) for timer in path["timers"]}


def upkeep(path: dict) -> str:
    return next(step["text"] for step in path["steps"] if step["step"] == "upkeep")


def test_what_was_renewed_last(tshark, write):
    """RFC 8656 sections 8, 9 and 12: lifetime of the answer, 300 s, 600 s; a ChannelBind renews the permission, too."""
    scene = Scene(0, "timers")
    call = scene.wrapped(0x4001).connected()
    nominated(call)
    scene.wait(100)
    refreshed = call.refresh("refresh")[-1]
    scene.wait(1)
    channel = call.exchange(Method.CHANNEL_BIND, "again", (Attribute.CHANNEL_NUMBER, b"\x40\x01\0\0"),
                            call.address(Attribute.XOR_PEER_ADDRESS, call.ends.peer, "again"))[-1]
    scene.wait(310)
    call.release()
    path, = json.loads(tshark.run(write(scene.capture), *JSON))["paths"]
    found = timers(path)
    assert found["allocation"] == (600, refreshed) and found["channel"] == (600, channel)
    assert found["permission"] == (300, channel) and found["nonce"][0] is None and found["consent_of_peer"][0] == 30
    assert f"allocation for 600 s (frame {refreshed})" in upkeep(path)
    assert f"channel for 600 s (frame {channel})" in upkeep(path)
    assert f"permission for 300 s (frame {channel}, ran out 10.0 s before the end)" in upkeep(path)
