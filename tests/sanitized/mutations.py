"""Captures in which bytes behind the headers were changed at random, always the same ones: editcap -E with fixed seeds."""

from pathlib import Path

from tshark_conftest import SAMPLES, SHARED_CAPTURES

ETHERNET, IPV4, IPV6, UDP, TCP = 14, 20, 40, 8, 20
HEADERS = {  # bytes in front that stay as they are; in the others Ethernet, IPv4 and TCP without options
    "cms-expressway-skype-ipv6": ETHERNET + IPV6 + TCP,
    "ms-turn-udp-3478": ETHERNET + IPV4 + UDP,
    "ms-turn-wlm2009": ETHERNET + IPV4 + UDP,
}
NO_CALL = {"tls-only-443", "turn-tls"}
NAMES = sorted({path.stem for path in SAMPLES.glob("*.pcapng")} - NO_CALL)
SHARED = sorted(path.name for path in SHARED_CAPTURES.glob("*.pcap*"))
RATES = {1: 0.002, 2: 0.005, 3: 0.01, 4: 0.02, 5: 0.05}  # by seed: the share of bytes that are changed


def mutate(editcap, path: Path, seed: int) -> Path:
    headers = HEADERS.get(path.stem, ETHERNET + IPV4 + TCP)
    return editcap(path, "-E", str(RATES[seed]), "-o", str(headers), "--seed", str(seed))
