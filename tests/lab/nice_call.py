#!/usr/bin/python3
"""Let two libnice agents call each other; the first one's only candidates are relayed by an MS-TURN server.

The server is already running. Prints what libnice said when a step does not happen.
"""

import argparse
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import ice
from connection import PAUSE, CallFailed, require
from media import Stream
from msturn_session import credentials

PATIENCE = 20  # seconds for one step
CHECK = ("received 0001", "received 0101")  # Binding request, success response


class Agent:
    """One process of nice_client, in its network namespace."""

    def __init__(self, program: Path, namespace: str, *options: str):
        self.namespace = namespace
        command = ["ip", "netns", "exec", namespace, str(program), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put("the end of its output")

    def tell(self, line: str) -> None:
        self.process.stdin.write(line + "\n")

    def hear(self) -> str:
        try:
            return self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise CallFailed(f"{self.namespace}: silence") from None

    def expect(self, line: str) -> None:
        """Passes over checks: libnice gives one whose FINGERPRINT it finds wrong to the application, as data.

        Such are the duplicates that libnice itself sends, with the FINGERPRINT of old peers ([MS-ICE2] 3.1.4.8.2).
        """
        while (heard := self.hear()).startswith(CHECK):
            pass
        require(heard == line, f"{self.namespace}: {line}, not {heard}")

    def description(self) -> list[str]:
        lines = []
        while (line := self.hear()) != ".":
            lines.append(line)
        require(any("candidate" in line for line in lines), f"{self.namespace}: a candidate, not {lines}")
        return lines

    def close(self) -> None:
        """Over TCP libnice gives the answer to its release to the application, and waits for it in vain."""
        self.tell("close")
        while (heard := self.hear()).startswith("received "):
            pass
        require(heard == "closed", f"{self.namespace}: closed, not {heard}")
        require(self.process.wait(PATIENCE) == 0, f"{self.namespace}: a good end")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=Path, help="nice_client")
    parser.add_argument("--dialect", required=True, choices=("oc2007r2", "wlm2009"))
    parser.add_argument("--way", required=True, choices=("udp", "tcp", "tls"), help="to the server")
    parser.add_argument("--server", nargs=2, required=True, metavar=("ADDRESS", "PORT"))
    parser.add_argument("--client", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--peer", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--log", type=Path, help="what the agents offer each other")
    parser.add_argument("--seconds", type=float, default=0, help="to stay on the line after the media")
    arguments = parser.parse_args()

    user, password = credentials()
    relay = ["--relay", arguments.way, "--server", arguments.server[0], "--port", arguments.server[1]]
    relay += ["--user", user, "--password", password]
    client = new_agent(arguments, arguments.client, ice.CMS, relay)
    # As the controlled side libnice does not follow a nomination on a TCP-PASS candidate whose other end it knows.
    peer = new_agent(arguments, arguments.peer, ice.EDGE, ["--controlling"])
    try:
        talk(client, peer, arguments.seconds, arguments.log)
    finally:
        for agent in (client, peer):
            agent.process.kill()


def new_agent(arguments: argparse.Namespace, where: list[str], identity: ice.Identity, options: list[str]) -> Agent:
    namespace, host = where
    options = [*options, "--dialect", arguments.dialect, "--local", host]
    options += ["--ufrag", identity.ufrag, "--ice-password", identity.password]
    if arguments.way != "udp":
        options.append("--tcp")
    return Agent(arguments.program, namespace, *options)


def talk(client: Agent, peer: Agent, seconds: float, log: Path | None) -> None:
    descriptions = client.description(), peer.description()
    if log:
        log.write_text(logged("peer", descriptions[1]) + logged("client", descriptions[0]))
    # The peer knocks first, in vain: the server relays nothing to a client that has sent nothing ([MS-TURN] 1.3).
    for agent, description in zip((peer, client), descriptions):
        for line in (*description, "."):
            agent.tell(line)
        time.sleep(2 * PAUSE)
    client.expect("ready")
    peer.expect("ready")
    share(client, peer)
    time.sleep(seconds)
    # The other way round the peer would see its connection end, and say that it failed.
    peer.close()
    client.close()


def logged(name: str, description: list[str]) -> str:
    """libnice writes the part of its stream; what stands before it is the application's."""
    session = ["v=0", f"o={name} 1 1 IN IP4 {name}.example", "s=-", "t=0 0"]
    return "".join(f"INFO {name}: {line}\n" for line in [*session, *description])


def share(client: Agent, peer: Agent) -> None:
    presenter, viewer = Stream("skype"), Stream("cms")
    deliver(peer, client, presenter.rtp(160))
    deliver(peer, client, presenter.rtp(1100))
    deliver(peer, client, presenter.rtp(420, marker=True))
    deliver(client, peer, viewer.rtp(48, marker=True))
    deliver(peer, client, presenter.sender_report())
    deliver(client, peer, viewer.receiver_report(presenter))


def deliver(sender: Agent, receiver: Agent, packet: bytes) -> None:
    time.sleep(PAUSE)
    sender.tell(f"send {packet.hex()}")
    receiver.expect(f"received {packet.hex()}")


if __name__ == "__main__":
    try:
        main()
    except (CallFailed, OSError) as error:
        sys.exit(f"call failed: {error}")
