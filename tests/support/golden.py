"""What every sample capture must show, one line a message, in tests/golden. Standard library only.

    15 CreatePermission Success Response 40128a6be7d4c962c5952a2d 8022=Coturn-4.6.1 'Gorst' 0008 8028

Frame, what the message is, transaction id, and the attributes in order: number and value. Long values are cut, and those of
integrity and fingerprint are left out. The lines are compared with the packet tree, and with the bytes of the capture as
support/sample_bytes.py reads them.
"""

from collections.abc import Iterable
from pathlib import Path

from wireshark import Item, Packet

FOLDER = Path(__file__).resolve().parents[1] / "golden"
LONGEST = 40  # characters of a value
WITHOUT_VALUE = {0x0008, 0x001C, 0x8028}  # MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256, FINGERPRINT


def line(frame: int, words: str, transaction_id: str, attributes: Iterable[tuple[int, str]]) -> str:
    return " ".join([str(frame), words, transaction_id, *(_attribute(number, value) for number, value in attributes)])


def _attribute(number: int, value: str) -> str:
    unknown, escaped = value == f"0x{number:04x}", "\0" in value or "\\0" in value  # versions escape differently
    if number in WITHOUT_VALUE or not value or unknown or escaped:
        return f"{number:04x}"
    return f"{number:04x}={value[:LONGEST]}{'...' if len(value) > LONGEST else ''}"


def shown_lines(packets: dict[int, Packet]) -> list[str]:
    """The lines of a capture as tshark dissects it."""
    return [_shown(frame, message) for frame, packet in packets.items() for message in packet.messages]


def _shown(frame: int, message: Item) -> str:
    words = message.label.partition(": ")[2]
    attributes = [(int(child.get("msturn.attr.type"), 16), child.show) for group in message.children
                  if group.name == "msturn.attributes" for child in group.children if "msturn.attr.type" in child.names()]
    return line(frame, words, message.get("msturn.transaction_id"), attributes)


def read(name: str) -> list[str]:
    return path_of(name).read_text().splitlines()


def write(name: str, lines: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    path_of(name).write_text("".join(f"{text}\n" for text in lines))


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.txt"
