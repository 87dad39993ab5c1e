"""A type that several threads meet at once is read by all of them."""

import ast
import subprocess
import sys
from pathlib import Path

from instance import decoding

ROOT = Path(__file__).parent.parent.parent

MEETS = """
import sys, threading
from dataclasses import make_dataclass
from instance.decoding import decode

sys.setswitchinterval(1e-6)
names = [f"n{number}" for number in range(30)]
inner = ",".join(f'"{name}":1' for name in names)
data = f'{{"one":{{{inner}}},"many":[{{{inner}}}]}}'.encode()
read = []
for number in range(200):
    part = make_dataclass(f"Part{number}", [(name, int) for name in names])
    whole = make_dataclass("Whole", [("one", part), ("many", tuple[part, ...])])
    start = threading.Barrier(4)

    def meet():
        start.wait()
        read.append(decode(data, whole).one.n7)

    threads = [threading.Thread(target=meet) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
assert read == [1] * 800
"""


def test_a_type_that_threads_meet_at_once_is_read_by_all_of_them() -> None:
    """It is another process that may end by a fault of memory, as it once did."""
    met = subprocess.run(
        [sys.executable, "-c", MEETS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert met.returncode == 0, met.stderr


def test_nothing_else_asks_msgspec_for_a_type() -> None:
    asked = [
        str(file.relative_to(ROOT))
        for package in ("activitypub", "confederation", "instance")
        for file in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("decode", "Decoder", "convert")
        and ast.unparse(node.value) in ("msgspec", "msgspec.json")
    ]

    assert {*asked} == {str(Path(decoding.__file__).relative_to(ROOT))}
