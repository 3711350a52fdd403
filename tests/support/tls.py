"""What passes between the two ends of a TLS connection, and the keys with which tshark decrypts it. Standard library only.

Both ends are in this process and OpenSSL's. Without a certificate: only the encryption matters here.
"""

import ssl
from pathlib import Path

from tcpcap import Connection

WITHOUT_CERTIFICATE = "AECDH-AES128-SHA:@SECLEVEL=0"


def context(protocol: int, keylog: Path | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(protocol)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(WITHOUT_CERTIFICATE)
    if keylog:
        made.keylog_filename = str(keylog)
    return made


class Tls:
    """On a TCP connection of a capture that is being made."""

    def __init__(self, line: Connection, keylog: Path):
        self.line = line
        self.to_client, self.to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = context(ssl.PROTOCOL_TLS_SERVER).wrap_bio(self.to_server, self.to_client, server_side=True)
        client = context(ssl.PROTOCOL_TLS_CLIENT, keylog).wrap_bio(self.to_client, self.to_server)
        self.ends = client, server
        waiting = [client, server]
        while waiting:
            waiting = [end for end in waiting if not self._shaken(end)]

    def _shaken(self, end: ssl.SSLObject) -> bool:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._pass(end)
        return True

    def client(self, data: bytes) -> None:
        self._say(self.ends[0], data)

    def server(self, data: bytes) -> None:
        self._say(self.ends[1], data)

    def _say(self, end: ssl.SSLObject, data: bytes) -> None:
        end.write(data)
        self._pass(end)

    def _pass(self, end: ssl.SSLObject) -> None:
        """What an end has said goes into the capture, and on to the other end."""
        out = self.to_server if end is self.ends[0] else self.to_client
        data = out.read()
        if data:
            (self.line.client if end is self.ends[0] else self.line.server)(data)
            out.write(data)
