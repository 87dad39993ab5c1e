"""Letters by e-mail go to confirmed addresses, seldom, by real SMTP."""

import asyncio
import email
import email.policy
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from instance import config, mail, zones
from instance.errors import Misused
from instance.mail import Account, Letter
from instance.store import lending
from instance.store import news as kept
from instance.web.membership import news_mail
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.mail_server import Server, a_server
from tests.instance.web.evening import Evening, an_assembly, ask, meet

WAYS = "/people/me/news"
CLEO = "cleo@example.org"
A_LETTER = Letter(to=CLEO, subject="s", text="t", stop="https://a.example/stop")
LINK = re.compile(r"http://[^/\s]+(/news/\S+)")


@asynccontextmanager
async def asked(
    harbour: House, directory: Path, server: Server, *, every: str = "week"
) -> AsyncIterator[Evening]:
    """Let Cleo ask for letters, in an assembly whose account is at this server."""
    settings = replace(harbour.config, mail=server.account)
    async with an_assembly(replace(harbour, config=settings), directory) as evening:
        await evening["Cleo"].send(f"{WAYS}/mail", on=WAYS, address=CLEO, every=every)
        yield evening


async def send_all(evening: Evening) -> None:
    while await news_mail.send_next(evening.site):
        pass


def link(letter: EmailMessage) -> str:
    found = LINK.search(letter.get_content())
    assert found is not None
    return found[1]


async def confirm(evening: Evening, server: Server) -> None:
    await send_all(evening)
    page = link(server.got[-1])
    said = await evening["Dov"].send(page, on=page, status=200)
    assert "It is confirmed." in said


async def row(evening: Evening) -> kept.Mail | None:
    cleo = evening["Cleo"].id
    found: kept.Mail | None = await evening.look(
        lambda desk: kept.mail_of(desk.connection, cleo)
    )
    return found


async def test_nothing_but_a_link_is_sent_before_the_address_is_confirmed(
    tmp_path: Path, harbour: House
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await meet(evening)
        for _ in range(20):
            await send_all(evening)
            evening.clock.pass_by(days=1)
        [only] = server.got
        late = await evening["Dov"].see(link(only), status=403)

    assert only["To"] == CLEO
    assert only["Subject"] == "Is this your address for letters from Harbour Assembly?"
    assert "Somebody asked that Harbour Assembly tells" in only.get_content()
    assert "Damp and cold" not in only.get_content()
    assert "no longer good" in late


async def test_a_letter_comes_once_a_week_by_day_and_only_with_something_new(
    tmp_path: Path, harbour: House
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await confirm(evening, server)
        meeting = await meet(evening)
        await ask(evening, meeting)
        came = []
        for _ in range(15 * 24):
            before = len(server.got)
            evening.clock.pass_by(hours=1)
            await send_all(evening)
            if len(server.got) > before:
                came.append(evening.clock.now)

    letter = server.got[1]
    assert [(at.day, at.hour) for at in came] == [(29, 12), (6, 12)]
    assert "“Do we mend it?”: the vote is open" in letter.get_content()
    assert standing_in(str(letter), "Ada", "Ben", "Dov", "Eva") == []
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_one_press_in_a_mail_program_ends_it_and_a_forged_one_does_not(
    tmp_path: Path, harbour: House
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await confirm(evening, server)
        stop = server.got[0]["List-Unsubscribe"].strip("<>")
        forged = await evening["Dov"].http.post(stop[:-4] + "0000")
        still = await row(evening)
        await evening.node.work(lambda desk: lending.freeze_home(desk.connection))
        meanwhile = await evening["Dov"].http.post(stop, headers={"cookie": ""})
        await evening.node.work(lambda desk: lending.thaw(desk.connection))
        pressed = await evening["Dov"].http.post(
            stop, data={"List-Unsubscribe": "One-Click"}, headers={"cookie": ""}
        )

        assert forged.status_code == 403
        assert still is not None
        assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (
            503,
            "3600",
        )
        assert pressed.status_code == 200
        assert await row(evening) is None
        again = await evening["Cleo"].send(
            f"{WAYS}/mail", on=WAYS, status=409, address=CLEO, every="day"
        )
        assert "less than a day ago" in again


async def test_whoever_opens_the_last_link_of_a_letter_is_asked_first(
    tmp_path: Path, harbour: House
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await send_all(evening)
        page = server.got[0]["List-Unsubscribe"].strip("<>")
        page = page.removeprefix(evening.config.base)

        before = await evening["Dov"].see(page)
        still = await row(evening)
        after = await evening["Dov"].send(f"{page}/now", on=page, status=200)

        assert "Shall your address be forgotten here" in before
        assert still is not None
        assert "Your address is forgotten here" in after
        assert await row(evening) is None


async def test_an_address_is_forgotten_with_whoever_leaves(
    tmp_path: Path, harbour: House
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await evening["Cleo"].send("/people/me", on="/people/me", sure="yes")
        await send_all(evening)

        dump = await evening.look(lambda desk: "\n".join(desk.connection.iterdump()))

    assert CLEO not in dump
    assert server.got == []


@pytest.mark.parametrize(
    ("does", "attempts", "says"),
    [("busy", 1, ""), ("refuse", 0, "nobody has this address"), ("drop", 0, "")],
)
async def test_what_did_not_leave_is_tried_again_and_what_may_have_is_not(
    tmp_path: Path, harbour: House, does: str, attempts: int, says: str
) -> None:
    async with a_server() as server, asked(harbour, tmp_path, server) as evening:
        await confirm(evening, server)
        await meet(evening)
        server.does = does
        evening.clock.pass_by(days=7)
        await send_all(evening)
        after = await row(evening)
        server.does = ""
        evening.clock.pass_by(hours=1)
        await send_all(evening)

    assert after is not None
    assert after.attempts == attempts
    assert says in after.trouble
    assert len(server.got) == (2 if does == "busy" else 1)


@pytest.mark.parametrize("does", ["stall", "drip"])
async def test_a_server_that_keeps_us_waiting_is_left(does: str) -> None:
    async with a_server(does) as server:
        began = asyncio.get_running_loop().time()
        fate = await asyncio.to_thread(
            mail.send, server.account, A_LETTER, name="Us", step=0.3, whole=1
        )

        assert fate == "later"
        assert asyncio.get_running_loop().time() - began < 5


async def test_nothing_is_sent_in_the_clear_where_encryption_is_asked_for() -> None:
    async with a_server() as server:
        account = replace(server.account, tls="starttls")

        fate = await asyncio.to_thread(mail.send, account, A_LETTER, name="Us")

        assert fate == "later"
        assert server.got == []


def test_no_name_can_become_a_header() -> None:
    name = 'Us <evil@example.org>\r\nBcc: all@example.org\n"'
    letter = replace(A_LETTER, subject="Hello\r\nBcc: all@example.org")
    account = Account(host="mail.example.org", port=587, sender="us@example.org")

    raw = mail.written(account, letter, name=name)

    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert parsed["From"].addresses[0].addr_spec == "us@example.org"


@pytest.mark.parametrize(
    "address",
    [
        *("", "cleo", "a@b", "a@b.c\nBcc: d@e.f", "a b@c.org", "-a@c.org", "a@-c.org"),
        *("<a@c.org>", "a@c.org,d@e.org", "ä@c.org", "a..b@c.org", f"{'a' * 65}@c.org"),
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Misused):
        mail.checked_address(address)


def test_nobody_is_woken() -> None:
    berlin = zones.named("Europe/Berlin")
    late = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)

    due = news_mail.next_due(late, berlin)

    assert due == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert news_mail.next_due(due, berlin) == due


@pytest.mark.parametrize(
    "changed",
    [
        {"tls": "none", "host": "mail.example.org"},
        {"port": 0},
        {"from": "nobody"},
        {"user": "us"},
        {"hots": "mail.example.org"},
    ],
)
def test_an_account_that_cannot_be_right_is_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    given = {"host": "127.0.0.1", "from": "us@example.org", **changed}

    with pytest.raises(Misused):
        mail.read_account(given, tmp_path)


def test_the_account_is_read_as_it_was_written(tmp_path: Path, harbour: House) -> None:
    account = Account(
        host="mail.example.org",
        port=587,
        sender="us@example.org",
        user="us",
        password_file=tmp_path / "mail.secret",
    )
    settings = replace(harbour.config, directory=tmp_path, mail=account)
    config.write(settings)

    assert config.read(tmp_path).mail == account
    (tmp_path / "mail.secret").write_text("secret")
    (tmp_path / "mail.secret").chmod(0o644)
    with pytest.raises(Misused):
        account.password()


def a_proof(name: str, directory: Path) -> tuple[ssl.SSLContext, Path]:
    """Make what a server of this name shows, and the file of those to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    shown = (
        x509.CertificateBuilder(who, who, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    trusted, both = directory / "trusted.pem", directory / "both.pem"
    trusted.write_bytes(shown)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(shown + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, trusted


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_server_has_the_password_only_once_it_has_proved_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: mail.Tls
) -> None:
    password = tmp_path / "mail.secret"
    password.touch(mode=0o600)
    password.write_text("hunter2")
    fates, heard = [], []
    for name in ("localhost", "mail.example.org"):
        proof, trusted = a_proof(name, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        async with a_server(proof=proof, at_once=tls == "tls") as server:
            account = replace(
                server.account,
                host="localhost",
                tls=tls,
                user="us",
                password_file=password,
            )
            fates.append(
                await asyncio.to_thread(mail.send, account, A_LETTER, name="Us")
            )
            heard.append(" ".join(server.heard))

    secret = b64encode(b"\0us\0hunter2").decode()
    assert fates == ["sent", "later"]
    assert secret in heard[0]
    assert secret not in heard[1]


async def test_a_server_that_offers_no_encryption_is_told_nothing(
    tmp_path: Path,
) -> None:
    async with a_server() as server:
        account = replace(server.account, host="localhost", tls="starttls")

        fate = await asyncio.to_thread(mail.send, account, A_LETTER, name="Us")

    assert fate == "later"
    assert not any(each.startswith("MAIL") for each in server.heard)
