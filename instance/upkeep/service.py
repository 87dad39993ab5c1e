"""A unit for systemd that starts a node at boot, starts it again, and shuts it in.

The node may write in its own directory and nowhere else. The paths are those of this
machine, so the unit is printed where it is to be used.
"""

import pwd
import re
import sys
from pathlib import Path
from typing import Final

from instance.config import Config
from instance.errors import Misused

_PLAIN: Final = re.compile(r"[\w/.+@-]+")
_UNIT: Final = """\
# {name}
[Unit]
Description=Folkmoot node of {slug}
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=exec
User={user}
ExecStart={program} serve {directory}
Restart=always
RestartSec=5
TimeoutStopSec=30
UMask=0077
LimitNOFILE=8192

# It writes in its own directory only, and may become nobody else.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={directory}
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def name(settings: Config) -> str:
    """Return the file name of a node's unit."""
    return f"folkmoot-{settings.slug}.service"


def unit(settings: Config) -> str:
    """Write the unit of a node, to be run by the user whose directory it is.

    Raises:
        Misused: the directory is root's, or the program is not installed as a command.
    """
    directory = settings.directory.resolve()
    owner = directory.stat().st_uid
    if owner == 0:
        raise Misused(
            "{directory} belongs to root, and a node is to run as a user "
            "that can do nothing else. Make one and give it the directory: "
            "'useradd --system folkmoot', then 'chown -R folkmoot "
            "{directory}'.",
            directory=directory,
        )
    program = Path(sys.executable).parent / "folkmoot"
    if not program.exists():
        raise Misused(
            "{program} is missing: install the program as the README says.",
            program=program,
        )
    try:
        user = pwd.getpwuid(owner).pw_name
    except KeyError:
        user = str(owner)
    return _UNIT.format(
        name=name(settings),
        slug=settings.slug,
        user=user,
        program=_quoted(program),
        directory=_quoted(directory),
    )


def _quoted(path: Path) -> str:
    """Write a path as one word of a unit (systemd.syntax).

    Raises:
        Misused: it holds a character that means something there.
    """
    if not _PLAIN.fullmatch(str(path)):
        raise Misused(
            "A unit cannot name {path!r}: please choose one of letters, "
            "digits and . _ - + @ only.",
            path=str(path),
        )
    return str(path)
