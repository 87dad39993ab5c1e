"""Letters by e-mail leave through the group's own account, one after the other.

They are plain text. The connection is encrypted and the server proves its name, unless
it is on this very machine. Nothing that a person wrote can become a header.
"""

import contextlib
import json
import smtplib
import socket
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final, Literal

from instance.errors import Misused

STEP: Final = 20.0
"""Seconds for which the server may be silent."""
WHOLE: Final = 60.0
"""Seconds after which a connection is cut, however busy it is."""
MOST_IN_ADDRESS: Final = 254
MOST_LOCAL: Final = 64
_LOCAL: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-"
)
_HOST: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Tls = Literal["tls", "starttls", "none"]
Fate = Literal["sent", "later", "never", "unknown"]
"""What became of a letter; ``unknown`` if the line broke once it was handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The group's account at a mail server.

    ``password_file`` is a file in the node's directory, or elsewhere, that only its
    owner can read; None where the server asks for none.
    """

    host: str
    port: int
    sender: str
    tls: Tls = "starttls"
    user: str = ""
    password_file: Path | None = None

    def password(self) -> str:
        """Read the password.

        Raises:
            Misused: the file is not there, or others can read it.
        """
        if self.password_file is None:
            return ""
        try:
            if self.password_file.stat().st_mode & 0o077:
                raise Misused(
                    "Others can read {file}: chmod 600 it.", file=self.password_file
                )
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misused("{file} cannot be read.", file=self.password_file) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent to one address. ``stop`` ends all letters to it by one POST."""

    to: str
    subject: str
    text: str
    stop: str


def checked_address(address: str) -> str:
    """Return an address that a letter can go to.

    Raises:
        Misused: it is none such as name@example.org.
    """
    local, at, host = address.strip().rpartition("@")
    host = host.lower()
    labels = host.split(".")
    if not (
        at
        and 0 < len(local) <= MOST_LOCAL
        and len(address.strip()) <= MOST_IN_ADDRESS
        and set(local) <= _LOCAL
        and ".." not in local
        and not local.startswith((".", "-"))
        and not local.endswith(".")
        and set(host) <= _HOST
        and len(labels) > 1
        and all(each and each[0] != "-" and each[-1] != "-" for each in labels)
    ):
        raise Misused("Please give an e-mail address such as name@example.org.")
    return f"{local}@{host}"


def read_account(given: object, directory: Path) -> Account:
    """Read the ``[mail]`` table of the settings.

    Raises:
        Misused: a setting is unknown or missing, or cannot be right.
    """
    if not isinstance(given, dict):
        raise Misused("mail must be a table: [mail].")
    known = {"host", "port", "from", "tls", "user", "password_file"}
    if strange := sorted(given.keys() - known):
        raise Misused(
            "[mail] has a setting that is not known: {name}.", name=strange[0]
        )
    host, sender, tls = given.get("host"), given.get("from"), given.get("tls")
    user, file = given.get("user", ""), given.get("password_file")
    tls = "starttls" if tls is None else tls
    port = given.get("port", 465 if tls == "tls" else 587)
    if not isinstance(host, str) or not host or not isinstance(sender, str):
        raise Misused("[mail] needs a host and from (an e-mail address), as text.")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65_536:
        raise Misused("In [mail], port must be a number from 1 to 65535.")
    if tls not in ("tls", "starttls", "none"):
        raise Misused("In [mail], tls must be tls, starttls or none.")
    if tls == "none" and host not in LOOPBACK:
        raise Misused("In [mail], tls may be none only for a server on this machine.")
    if not isinstance(user, str) or not isinstance(file, str | None):
        raise Misused("In [mail], user and password_file must be text.")
    if bool(user) != (file is not None):
        raise Misused("[mail] needs both user and password_file, or neither.")
    return Account(
        host=host,
        port=port,
        sender=checked_address(sender),
        tls="tls" if tls == "tls" else "none" if tls == "none" else "starttls",
        user=user,
        password_file=None if file is None else directory / file,
    )


def settings(account: Account) -> list[str]:
    """Write the lines of the ``[mail]`` table."""
    lines = [
        "",
        "[mail]",
        f"host = {json.dumps(account.host)}",
        f"port = {account.port}",
        f"from = {json.dumps(account.sender)}",
        f"tls = {json.dumps(account.tls)}",
    ]
    if account.password_file is not None:
        lines.append(f"user = {json.dumps(account.user)}")
        lines.append(f"password_file = {json.dumps(str(account.password_file))}")
    return lines


def written(account: Account, letter: Letter, *, name: str) -> bytes:
    """Write a letter as it is sent (RFC 5322, 8058); ``name`` is the assembly's."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{_plain(name)} <{account.sender}>"
    message["To"] = letter.to
    message["Subject"] = _plain(letter.subject)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{letter.stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    return message.as_bytes()


def send(
    account: Account,
    letter: Letter,
    *,
    name: str,
    step: float = STEP,
    whole: float = WHOLE,
) -> Fate:
    """Send one letter.

    Args:
        account: by which it leaves.
        letter: what is sent.
        name: the assembly's.
        step: for how many seconds the server may be silent.
        whole: after how many seconds it is given up, whatever the server does.

    Raises:
        Misused: the account's password cannot be read.
    """
    password, message = account.password(), written(account, letter, name=name)
    context = ssl.create_default_context()
    try:
        line = _connected(account, context, step=step, whole=whole)
    except (OSError, smtplib.SMTPException):
        return "later"
    try:
        if account.tls == "starttls":
            line.starttls(context=context)
        line.ehlo_or_helo_if_needed()
        if account.user:
            line.login(account.user, password)
        return _hand_over(line, account, letter, message)
    except (OSError, smtplib.SMTPException):
        return "later"
    finally:
        line.close()


class _Line(smtplib.SMTP):
    """A line that is cut after a while: a server that drips is silent at no step."""

    def __init__(
        self,
        account: Account,
        *,
        step: float,
        whole: float,
        **more: Any,
    ) -> None:
        self._cut = threading.Timer(whole, self._shut)
        self._cut.daemon = True
        self._cut.start()
        try:
            # Only whoever connects at once has the certificate checked for this name.
            super().__init__(account.host, account.port, timeout=step, **more)
        except BaseException:
            self._cut.cancel()
            raise

    def close(self) -> None:
        self._cut.cancel()
        super().close()

    def _shut(self) -> None:
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _SealedLine(_Line, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte on."""


def _connected(
    account: Account, context: ssl.SSLContext, *, step: float, whole: float
) -> smtplib.SMTP:
    if account.tls == "tls":
        return _SealedLine(account, step=step, whole=whole, context=context)
    return _Line(account, step=step, whole=whole)


def _hand_over(
    line: smtplib.SMTP, account: Account, letter: Letter, message: bytes
) -> Fate:
    code, _ = line.mail(account.sender)
    if code != 250:
        return "later"
    code, _ = line.rcpt(letter.to)
    if code not in (250, 251):
        return "never" if code >= 500 else "later"
    try:
        code, _ = line.data(message)
    except smtplib.SMTPDataError:
        return "later"
    except (OSError, smtplib.SMTPException):
        # It may have arrived. Better one too few than the same one twice.
        return "unknown"
    return "sent" if code == 250 else "later"


def _plain(text: str) -> str:
    """Write a text on one line, without what could end a header or a quoted name."""
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.translate(str.maketrans("", "", '<>"\\@,;:')).split())[:100]
