"""The bare operations that nothing can do without, each as fast as it goes alone."""

import itertools
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.benchmarks import load, measuring
from tests.instance.serving import free_port, until

MESSAGE: Final = b"x" * 300
TOGETHER: Final = 64
_PADDING: Final = padding.PKCS1v15()
_SHA256: Final = hashes.SHA256()


def rsa_verify() -> float:
    """RSA-2048 verifications for each second of CPU."""
    key = generate_private_key(65_537, 2048)
    signature, public = key.sign(MESSAGE, _PADDING, _SHA256), key.public_key()
    return measuring.bare(
        lambda: public.verify(signature, MESSAGE, _PADDING, _SHA256), times=10_000
    )


def rsa_sign() -> float:
    """RSA-2048 signatures for each second of CPU."""
    key = generate_private_key(65_537, 2048)
    return measuring.bare(lambda: key.sign(MESSAGE, _PADDING, _SHA256), times=1_000)


def ed25519_verify() -> float:
    """Ed25519 verifications for each second of CPU."""
    key = Ed25519PrivateKey.generate()
    signature, public = key.sign(MESSAGE), key.public_key()
    return measuring.bare(lambda: public.verify(signature, MESSAGE), times=3_000)


def grouped_commit(directory: Path, body: bytes) -> float:
    """Rows on the disk for each second of CPU, `TOGETHER` in one FULL commit."""
    with closing(
        sqlite3.connect(directory / "floor.sqlite", isolation_level=None)
    ) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("create table row (number integer primary key, body blob) strict")

        def commit() -> None:
            db.execute("begin immediate")
            db.executemany("insert into row (body) values (?)", [(body,)] * TOGETHER)
            db.execute("commit")

        return TOGETHER * measuring.bare(commit, times=100)


def row() -> float:
    """Rows with one index that one statement writes, for each second of CPU."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("create table source (number integer primary key, name text)")
        db.execute("create table row (number integer primary key, name text unique)")
        db.executemany(
            "insert into source (name) values (?)",
            ((f"https://b.example/users/{n}/inbox",) for n in range(20_000)),
        )
        copy = "insert into row (name) select name from source"
        return 20_000 * measuring.bare(lambda: db.execute(copy), times=1)


async def http(request: bytes, *, times: int = 8_000) -> float:
    """Requests of this form that a server answers with a few words, doing nothing."""
    with _bare_server() as (process, port):
        await load.send(itertools.repeat(request, times // 8), port=port)
        with measuring.watching(process.pid) as span:
            await load.send(itertools.repeat(request, times), port=port)
    return span.per_cpu_second(times)


@contextmanager
def _bare_server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bare", f"{port}"]
    )
    try:
        until(lambda: listens("127.0.0.1", port))
        yield process, port
    finally:
        process.terminate()
        process.wait()


def listens(host: str, port: int) -> bool:
    """Whether anything listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def start_python() -> float:
    """Starts of an interpreter that does nothing, for each second of CPU."""
    before = os.times()
    for _ in range(5):
        subprocess.run([sys.executable, "-c", ""], check=True)
    after = os.times()
    spent = sum(after[2:4]) - sum(before[2:4])
    return 5 / max(spent, 1 / measuring.TICKS)
