"""Other machines, as ssh reaches them: this one, under names and at ports of their own. Standard library only.

Each has OpenSSH's sshd with keys that were made for the test, run as the user who runs tshark in tests, and asked by nobody but
this machine (127.0.0.1). It is started for each connection (sshd -i), so there is no service, and no port that was free a
moment ago.
"""

import ctypes
import getpass
import os
import shlex
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wireshark import AS_NOBODY, NOBODY

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin")

# The user as whom root's tests run has no shell, and sshd lets nobody in without. For it he has one, by cwrap's nss_wrapper, and
# another name: what is said of "nobody" may also come from elsewhere (nss-systemd), and be that he is locked.
LODGER = "lodger"
NSS_WRAPPER = "libnss_wrapper.so"

SSHD_CONFIG = """\
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
LoginGraceTime 0
ForceCommand {folder}/{name}/login
"""

LOGIN = """\
#!/bin/sh
{exports}
cd "$HOME" && exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
"""

SSH_CONFIG = """\
Host {name}
HostName 127.0.0.1
Port {port}
User {user}
IdentityFile {folder}/user_key
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
"""


@dataclass(frozen=True)
class Machine:
    login: str  # what a user writes into the file of GNU parallel's --sshloginfile
    home: Path


class Listener(socketserver.ThreadingTCPServer):
    """Gives each connection an sshd."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, command: list[str]):
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.command = command

    def finish_request(self, request, _) -> None:
        subprocess.run(self.command, stdin=request, stdout=request, stderr=subprocess.DEVNULL, check=False)


def missing() -> str | None:
    """What is needed and not there."""
    if not SSHD or not shutil.which("ssh"):
        return "OpenSSH is not there"
    try:
        if AS_NOBODY:
            ctypes.CDLL(NSS_WRAPPER)
    except OSError:
        return "nss_wrapper is not there"
    return None


@contextmanager
def machines(folder: Path, environment: dict[str, str], *names: str) -> Iterator[list[Machine]]:
    """In a folder in which everybody may write. Who logs in has this environment there, with a home of the machine's."""
    user, as_user = _user(folder)
    for key in ("host_key", "user_key"):
        subprocess.run([*AS_NOBODY, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with ExitStack() as listening:
        yield [_machine(folder, environment, name, user, as_user, listening) for name in names]


def _machine(folder: Path, environment: dict[str, str], name: str, user: str, as_user: list[str], listening: ExitStack) -> Machine:
    home = folder / name
    home.mkdir()
    home.chmod(0o777)
    exports = "\n".join(f"export {variable}={shlex.quote(value)}" for variable, value in {**environment, "HOME": str(home)}.items())
    (home / "login").write_text(LOGIN.format(exports=exports))
    (home / "login").chmod(0o755)
    (home / "sshd_config").write_text(SSHD_CONFIG.format(folder=folder, name=name))
    server = listening.enter_context(Listener([*as_user, SSHD, "-i", "-f", str(home / "sshd_config")]))
    listening.callback(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (home / "ssh_config").write_text(SSH_CONFIG.format(folder=folder, name=name, user=user, port=server.server_address[1]))
    return Machine(f"ssh -F {home}/ssh_config {name}", home)


def _user(folder: Path) -> tuple[str, list[str]]:
    """His name, and the command before a command that is to be his."""
    if not AS_NOBODY:
        return getpass.getuser(), []
    passwd = folder / "passwd"
    passwd.write_text(f"{LODGER}:x:{NOBODY}:{NOBODY}::/:/bin/sh\n{Path('/etc/passwd').read_text()}")
    passwd.chmod(0o644)
    return LODGER, [*AS_NOBODY, "env", f"LD_PRELOAD={NSS_WRAPPER}", f"NSS_WRAPPER_PASSWD={passwd}", "NSS_WRAPPER_GROUP=/etc/group"]
