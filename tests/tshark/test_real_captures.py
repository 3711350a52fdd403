"""Real traffic of others, in captures that are not part of the repository: skipped where they are absent.

All are from the public repository ntop/nDPI, tests/cfgs/default/pcap, at 3b1286ab03b0. Each verdict was reviewed by hand,
packet by packet; the reason stands at each that is neither nominated nor valid. Read with plain_stun_udp, for nearly all of
it is UDP.
"""

import pytest
from verdicts import TROUBLE, TWO_PASSES, report_of

PLAIN_UDP = ("-o", "msturn.plain_stun_udp:TRUE")

# Name of the capture; ends of the pair, in any order; what is right; findings above note that are true of it.
REVIEWED = [
    # Google Meet: the server is an ICE-lite end (RFC 8445 2.5): it answers each check and sends none, in two calls.
    ("stun_google_meet.pcapng", "192.168.12.156:38152", "142.250.82.76:19305", "nominated", ()),
    # Pinged and never selected; that the server is lite the pair beside it shows, with the same user fragments.
    ("stun_google_meet.pcapng", "192.168.12.156:45400", "142.250.82.76:19305", "valid", ()),
    ("stun_google_meet.pcapng", "192.168.12.156:38152", "142.250.82.76:3478", "nominated", ()),
    ("stun_google_meet.pcapng", "192.168.12.156:45400", "142.250.82.76:3478", "valid", ()),
    ("stun_google_meet.pcapng", "[2001:b07:a3d:c112:48a1:1094:1227:281e]:45572", "[2001:4860:4864:6::81]:19305",
     "nominated", ()),
    # Signal (libwebrtc): nominated by NOMINATION, 0xC001: frame 103, then in a second call frames 348 (1) and 352 (2).
    ("stun_signal.pcapng", "192.168.12.169:43068", "18.195.131.143:61156", "nominated", ()),
    ("stun_signal.pcapng", "35.158.183.167:64458", "18.195.131.143:61156", "valid", ()),
    ("stun_signal.pcapng", "192.168.12.169:47767", "18.195.131.143:54054", "nominated", ()),
    ("stun_signal.pcapng", "192.168.12.169:47767", "18.195.131.143:61498", "nominated", ()),
    # One check of the peer, answered, when another pair had been nominated: no others are checked then (RFC 8445 8.1.2).
    ("stun_signal.pcapng", "35.158.122.211:51358", "18.195.131.143:55640", "unfinished|unknown|valid", ()),
    # Microsoft over TCP, RFC 4571, both ends check and answer; the capture ends 0.7 s after its first packet.
    ("stun.pcap", "10.206.50.239:42000", "10.77.110.51:41588", "valid", ()),
    # Facebook: the client guesses the peer's port; its NAT gives others to it (12176), so nobody answers here.
    ("stun.pcap", "31.13.86.54:53789", "185.170.139.1:44459", "broken", ("no_response", "response_overdue")),
    ("stun.pcap", "31.13.86.54:53789", "185.170.139.1:12176", "nominated", ()),
    # The peer's five checks are answered, and none of the client's five is: its NAT lets nothing in to that port.
    ("stun.pcap", "31.13.86.54:53789", "185.170.139.1:42272", "broken",
     ("responses_one_way", "no_response", "response_overdue")),
    ("stun.pcap", "31.13.86.54:53789", "31.13.86.54:57556", "valid", ()),
    # TURN over TCP; the capture ends 0.35 s after the first of these checks; what is next in the file is of another year.
    ("stun.pcap", "66.55.92.16:40576", "127.0.0.1:38763", "unfinished", ()),
    ("stun.pcap", "66.55.92.16:40576", "192.168.8.153:60001", "unfinished", ()),
    ("stun.pcap", "66.55.92.16:40576", "5.162.130.14:16947", "unfinished", ()),
    # Google Meet again, lite.
    ("stun.pcap", "192.168.12.169:49153", "142.250.82.99:3478", "nominated", ()),
    # Zoom: nominated at once, by a check whose FINGERPRINT is none of RFC 8489, and the server answers.
    ("stun.pcap", "192.168.43.169:48854", "134.224.90.111:8801", "nominated", ("fingerprint",)),
    # Teams: the peer's private address, which cannot be reached from here; the capture ends 2.7 s after the first send.
    ("teams.pcap", "192.168.1.6:50016", "192.168.0.4:50005", "unfinished|unknown", ()),
    ("teams.pcap", "192.168.1.6:50036", "192.168.0.4:50020", "unfinished|unknown", ()),
    ("teams.pcap", "192.168.1.6:50016", "93.71.110.205:16332", "nominated", ()),
    ("teams.pcap", "192.168.1.6:50036", "93.71.110.205:16333", "nominated", ()),
    ("teams.pcap", "52.114.250.141:3480", "93.71.110.205:16332", "valid", ()),
    ("teams.pcap", "52.114.250.137:3480", "93.71.110.205:16333", "valid", ()),
    # One check of the peer through its relay, answered; the capture ends 2.6 s later.
    ("teams.pcap", "192.168.1.6:50036", "52.114.252.21:3480", "unfinished|unknown|valid", ()),
    ("teams.pcap", "192.168.1.6:50016", "52.114.252.8:3479", "unfinished|unknown|valid", ()),
    # Google Meet, lite.
    ("stun_dtls_rtp.pcapng", "192.168.12.156:37967", "142.250.82.76:19305", "nominated", ()),
    # Both ends check, and DTLS runs (RFC 8445 12.1 lets it on a valid pair); the capture ends before the peer nominates.
    ("stun_dtls_rtp.pcapng", "10.13.0.62:15530", "10.13.0.50:1259", "valid", ()),
    # Zoom: each check nominates, and the server only answers.
    ("stun_zoom.pcapng", "192.168.43.169:48854", "134.224.90.111:8801", "nominated", ()),
    ("stun_zoom.pcapng", "192.168.43.169:53065", "134.224.90.111:8801", "nominated", ()),
    # Skype, of consumers.
    ("skype-conference-call.pcap", "192.168.2.20:49282", "104.46.40.49:60642", "nominated", ()),
    # Telegram (libwebrtc): thirteen checks to the peer's private address. Over UDP nobody knows who dropped them.
    ("telegram_videocall.pcapng", "192.168.12.169:42405", "10.46.103.200:42554", "unknown|broken", ()),
    ("telegram_videocall.pcapng", "192.168.12.169:40906", "10.46.103.200:42554", "unknown|broken", ()),
    ("telegram_videocall.pcapng", "192.168.12.169:42405", "93.36.13.115:35393", "nominated", ()),
    ("telegram_videocall.pcapng", "192.168.12.169:40906", "93.36.13.115:35393", "nominated", ()),
    # One check of the peer through the relay, answered, while the direct pairs are nominated (RFC 8445 8.1.2).
    ("telegram_videocall.pcapng", "91.108.9.35:56058", "93.36.13.115:35520", "unfinished|unknown|valid", ()),
    # Viber: the capture ends in the middle of the first checks.
    ("viber.pcap", "18.195.4.121:61894", "18.195.4.121:61359", "unfinished", ()),
]
CAPTURES = list(dict.fromkeys(row[0] for row in REVIEWED))

# Of these pairs the plugin still says something else. Who mends it takes it away.
NOT_YET = set("""
""".split())


def _id(row) -> str:
    return f"{row[0].split('.')[0]}-{row[1]}-{row[2]}"


def _rows():
    for row in REVIEWED:
        marks = [pytest.mark.xfail(strict=True, reason="the rule is not mended yet")] if _id(row) in NOT_YET else []
        yield pytest.param(*row, id=_id(row), marks=marks)


@pytest.fixture(scope="module")
def reports(tshark, shared_capture):
    known = {}

    def of(name):
        if name not in known:
            known[name] = [report_of(tshark, shared_capture(name), *PLAIN_UDP, *passes) for passes in ((), TWO_PASSES)]
        return known[name]

    return of


@pytest.mark.parametrize("name, one, other, verdict, may", _rows())
def test_pair(reports, name, one, other, verdict, may):
    for report in reports(name):
        pair, = (pair for pair in report.pairs if {pair["local"], pair["remote"]} == {one, other})
        assert pair["verdict"] in verdict.split("|"), (pair["verdict"], pair["reason"], pair["direction"])
        trouble = {p["code"] for p in report.problems if p["pair"] == pair["id"] and p["severity"] in TROUBLE}
        assert trouble <= set(may)


@pytest.mark.parametrize("name", CAPTURES)
def test_no_other_pairs(reports, name):
    wanted = sorted(sorted(row[1:3]) for row in REVIEWED if row[0] == name)
    for report in reports(name):
        assert sorted(sorted((pair["local"], pair["remote"])) for pair in report.pairs) == wanted


def test_known_failures_exist():
    """No id of NOT_YET is misspelt or left over."""
    assert NOT_YET - {_id(row) for row in REVIEWED} == set()
