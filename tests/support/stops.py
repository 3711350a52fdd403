"""Where the call of a capture stopped, and the sentence that says so: written by hand from the packets.

Frames are those of the files. Columns: capture, verdict, step, place, who ended the path and how, summary.
"""


def stopped(paths: list[dict]) -> list[dict]:
    """Those of them that stopped, of what `-z msturn,json` has."""
    return [path for path in paths if path["stopped_at"] is not None]


def places(paths: list[dict]) -> list[tuple]:
    """How and where they stopped."""
    return [(path["verdict"], path["stopped_at"], path["place"]) for path in stopped(paths)]


def check(paths: list[dict], row: tuple) -> None:
    """One stopped, as the row says."""
    _, verdict, step, place, by, how, summary = row
    assert places(paths) == [(verdict, step, place)]
    path, = stopped(paths)
    assert (path["ended"]["by"], path["ended"]["how"]) == (by, how)
    assert path["summary"] == summary
    assert path["advice"]


SAMPLES = [
    ("broken-allocation-expired", "nominated", "upkeep", "client", "server", "expiry",
     "The allocation ran out: 8 s were granted (frame 9), and client 10.48.54.230 sent no Refresh in that time"),
    ("broken-announcement-lost", "broken", "announcement", "client_server_path", "server", "rst",
     "The ConnectionAttempt (frame 17) was sent 9 times in 30.0 s and never acknowledged by client 10.48.54.230"),
    ("broken-bind-on-control", "broken", "bind", "client", "client", "release",
     "TURN server 10.48.54.229:3478 refused the ConnectionBind of client 10.48.54.230 (frame 21) with 400 Bad Request "
     '("Bad request: CONNECTION_BIND cannot be issued after allocation") (frame 22)'),
    ("broken-bind-wrong-id", "broken", "bind", "client", "client", "release",
     "TURN server 10.48.54.229:3478 closed without an answer (frame 26) to the ConnectionBind of client 10.48.54.230 "
     "(frame 24): CONNECTION-ID 0x40d22300, announced was 0x40d32300"),
    ("broken-bind-wrong-password", "broken", "bind", "server", "client", "release",
     "TURN server 10.48.54.229:3478 closed without an answer (frame 26) to the ConnectionBind of client 10.48.54.230 "
     "(frame 24)"),
    ("broken-cms-no-check", "broken", "local_check", "client", "peer", "fin",
     "Client 10.48.54.230 answered the check of peer 192.168.1.252:53577 (frame 26) and sent none of its own in 4.1 s,"
     " then the peer closed (FIN, frame 34)"),
    ("broken-cms-silent", "broken", "remote_check", "client", "peer", "fin",
     "The check of peer 192.168.1.252:53577 (frame 26) was relayed (frame 28) and acknowledged by client 10.48.54.230 "
     "(frame 29); no answer in 4.1 s, then the peer closed (FIN, frame 30)"),
    ("broken-connect-refused", "broken", "peer", "peer", "peer", "rst",
     "192.168.1.252:53577 refused the connection of TURN server 10.48.54.229:3478 (SYN frame 15, RST frame 16)"),
    ("broken-connect-timeout", "broken", "peer", "server_peer_path", "client", "release",
     "192.168.1.252:53577 did not answer the SYN of TURN server 10.48.54.229:3478 (frame 15), sent 9 times in 30.1 s"),
    ("broken-edge-no-answer", "broken", "local_check", "peer", "peer", "fin",
     "The check of client 10.48.54.230 (frame 34) was relayed (frame 36) and acknowledged by peer 192.168.1.252:53577 "
     "(frame 37); no answer in 4.1 s, then the peer closed (FIN, frame 38)"),
    ("broken-edge-silent", "broken", "remote_check", "peer", "peer", "fin",
     "Peer 192.168.1.252:53577 sent no check and did not answer that of client 10.48.54.230 (frame 26), which was "
     "relayed (frame 27) and acknowledged by peer 192.168.1.252:53577 (frame 28); silent for 4.1 s, then the peer "
     "closed (FIN, frame 30)"),
    ("broken-never-bound", "broken", "bind", "client", "server", "rst",
     "Client 10.48.54.230 got the announcement (frame 17) and sent no ConnectionBind in 30.1 s; it opened no second "
     "connection, then the TURN server reset the connection (RST, frame 21)"),
    ("broken-never-checked", "broken", "remote_check", "peer", "peer", "fin",
     "Peer 192.168.1.252:53577 was connected (frame 14) and sent no check in 4.2 s, then the peer closed (FIN, frame "
     "26)"),
    ("broken-no-permission", "broken", "permission", "client", "server", "rst",
     "Client 10.48.54.230 never asked for a permission for peer 192.168.1.252:53577, then the TURN server reset the "
     "connection (RST, frame 14)"),
    ("broken-nobody-connects", "broken", "peer", "unknown", "client", "release",
     "Nobody connected to the relayed address 192.168.1.229:24000 in 30.1 s after 192.168.1.252 was permitted (frame 12); "
     "what comes to it from outside was not captured"),
    ("broken-outside-only-cms-silent", "broken", "remote_check", "beyond_server", "peer", "fin",
     "The check of 192.168.1.252:53577 (frame 4) was acknowledged by 192.168.1.229:24000 (frame 5); no answer in 4.1 "
     "s, then 192.168.1.252:53577 closed (FIN, frame 6)"),
    ("broken-refresh-late", "nominated", "upkeep", "client", "server", "expiry",
     "The allocation ran out: 8 s were granted (frame 9), and client 10.48.54.230 sent no Refresh in that time; "
     "the next request came 8.3 s after the grant (frame 86)"),
    ("broken-reset-mid-check", "broken", "remote_check", "client", "peer", "rst",
     "The check of peer 192.168.1.252:53577 (frame 26) was relayed (frame 28) and acknowledged by client 10.48.54.230 "
     "(frame 29); no answer in 2.1 s, then the peer reset the connection (RST, frame 30)"),
    ("broken-role-conflict", "broken", "remote_check", "peer", "peer", "fin",
     "Client 10.48.54.230 refused 3 checks of peer 192.168.1.252:53577 with 487 Role Conflict (last in frame 42, "
     "answer frame 48), then the peer closed (FIN, frame 50)"),
    ("broken-server-silent", "broken", "server", "client_server_path", None, "timeout",
     "Client 10.48.54.230 got no answer to its SYN to TURN server 10.48.54.229:3478 (frame 1, sent 7 times in 7.1 s)"),
    ("broken-stale-nonce-ignored", "broken", "permission", "client", "server", "rst",
     "TURN server 10.48.54.229:3478 refused the CreatePermission of client 10.48.54.230 (frame 17) with 438 Stale "
     "Nonce (frame 18)"),
    ("broken-two-calls", "broken", "remote_check", "client", "peer", "fin",
     "The check of peer 192.168.1.252:53578 (frame 51) was relayed (frame 53) and acknowledged by client 10.48.54.230 "
     "(frame 54); no answer in 4.8 s, then the peer closed (FIN, frame 111)"),
    ("broken-wrong-ice-password", "broken", "remote_check", "peer", "peer", "fin",
     "Client 10.48.54.230 refused 3 checks of peer 192.168.1.252:53577 with 401 Unauthenticated (last in frame 42, "
     "answer frame 48), then the peer closed (FIN, frame 50)"),
    ("broken-wrong-password", "broken", "allocation", "client", "client", "fin",
     "TURN server 10.48.54.229:3478 refused the Allocate of client 10.48.54.230 (frame 14) with 401 Unauthenticated "
     "(frame 15)"),
]

# Inputs on which the plugin was wrong once; in shared/captures/faults.
FAULTS = [
    ("channel-expires", "unknown", "upkeep", "client", "client", "release",
     "Data on a channel whose binding ran out after 600 s (frame 148), then the client released the allocation (frame "
     "180)"),
    ("check-acked-silent-fin", "broken", "local_check", "peer", "peer", "fin",
     "The check of client 10.48.54.230 (frame 46) was relayed (frame 48) and acknowledged by peer 192.168.1.252:53577 "
     "(frame 49); no answer in 3.2 s, then the peer closed (FIN, frame 50)"),
    ("check-never-acked", "broken", "local_check", "server_peer_path", "client", "rst",
     "The check of client 10.48.54.230 (frame 34) was relayed (frame 36), sent 7 times, and never acknowledged by peer"
     " 192.168.1.252:53577; no answer in 7.0 s, then the client reset the connection (RST, frame 43)"),
    ("control-connection-dead", "broken", "announcement", "client_server_path", "server", "rst",
     "The ConnectionAttempt (frame 22) was sent 9 times in 30.0 s and never acknowledged by client 10.48.54.230"),
    ("frame-length-plus4", "broken", "remote_check", "peer", "peer", "rst",
     "The check of peer 192.168.1.252:53577 (frame 39) has a length in front that is not its own, so the other end "
     "waits for more; no answer in 3.7 s, then the peer reset the connection (RST, frame 43)"),
    ("media-never-acked", "nominated", "media", "client_server_path", "peer", "fin",
     "What was sent to client 10.48.54.230 from frame 52 on was never acknowledged (sent again 4 times, last in frame "
     "94) in 39.2 s, then the peer closed (FIN, frame 107)"),
    ("nat-idle-drop-control", "broken", "upkeep", "client_server_path", "client", "rst",
     "The Refresh of client 10.1.0.10 (frame 16) was sent 9 times and never acknowledged by TURN server 10.1.0.1:3478 "
     "in 71.1 s, then the client reset the connection (RST, frame 25)"),
    ("nobody-released", "broken", "peer", "unknown", "client", "release",
     "Nobody connected to the relayed address 192.168.1.229:24000 in 29.8 s after 192.168.1.252 was permitted (frame "
     "11); what comes to it from outside was not captured"),
    ("peer-resets-before-check", "broken", "remote_check", "peer", "peer", "rst",
     "Peer 192.168.1.252:53577 was connected (frame 28) and sent no check in 0.3 s, then the peer reset the connection"
     " (RST, frame 41)"),
    ("reason-phrase-400", "broken", "permission", "client", "client", "release",
     "TURN server 10.1.0.1:3478 refused the CreatePermission of client 10.1.0.10 (frame 12) with 400 Bad Request "
     '("Wrong Transport Data: peer not allowed") (frame 14)'),
    ("reconnect-then-silent", "broken", "remote_check", "client", "peer", "fin",
     "The check of peer 192.168.1.252:53577 (frame 83) was relayed (frame 85) and acknowledged by client 10.48.54.230 "
     "(frame 86); no answer in 5.3 s, then the peer closed (FIN, frame 88)"),
    ("relay-port-icmp", "broken", "peer", "server_peer_path", "client", "release",
     "The SYN of peer 192.168.1.252:53577 to 192.168.1.229:24849 (frame 14) got an ICMP error (frame 15)"),
    ("same-addresses-again", "broken", "local_check", "peer", "peer", "fin",
     "The check of client 10.48.54.230 (frame 110) was relayed (frame 112) and acknowledged by peer "
     "192.168.1.252:53577 (frame 113); no answer in 5.0 s, then the peer closed (FIN, frame 114)"),
    ("second-broken", "broken", "remote_check", "client", "peer", "fin",
     "The check of peer 198.51.100.7:53577 (frame 61) was relayed (frame 62) and acknowledged by client 10.20.0.1 "
     "(frame 66); no answer in 5.0 s, then the peer closed (FIN, frame 63)"),
    ("silent-2s-then-reset", "broken", "local_check", "peer", "peer", "rst",
     "The check of client 10.48.54.230 (frame 34) was relayed (frame 36) and acknowledged by peer 192.168.1.252:53577 "
     "(frame 37); no answer in 2.0 s, then the peer reset the connection (RST, frame 38)"),
    ("syn-refused", "broken", "server", "server", "server", "rst",
     "Client 10.48.54.230 was refused by TURN server 10.48.54.229:3478 (frame 1, RST frame 2), 3 times"),
]
