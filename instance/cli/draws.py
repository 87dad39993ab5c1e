"""Give a seed to a draw, and draw again what somebody else has drawn."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from confederation.counting import lot
from instance.errors import Misused
from instance.membership import checking_draws

SEED_BYTES: Final = 32

app = typer.Typer()


@app.command("seed")
def seed() -> None:
    """Make a seed for somebody's draw: keep the first line, tell the second."""
    made = secrets.token_hex(SEED_BYTES)
    print(f"Keep until the list is made: {made}")
    print(f"Tell them now: {lot.commitment(made)}")


@app.command("check-draw")
def check_draw(
    facts: Annotated[
        Path, typer.Argument(metavar="FACTS", help="What is public: draw.json.")
    ],
    material: Annotated[
        Path, typer.Argument(metavar="LIST", help="Who and which panels: list.json.")
    ],
) -> None:
    """Draw a panel again, and check all that was told of it. No solver is needed."""
    told = checking_draws.read_facts(_read(facts))
    held = checking_draws.read_material(_read(material))
    found = list(checking_draws.findings(told, held))
    for each in found:
        print(f"{'holds' if each.holds else 'WRONG'}  {each.what}: {each.found}")
    if not found:
        raise Misused("By these facts nothing has been fixed yet to be checked.")
    if not all(each.holds for each in found):
        raise Misused("Something is not as it was told.")


def _read(path: Path) -> bytes:
    if path.stat().st_size > checking_draws.MOST_BYTES:
        raise Misused("{path} is too large for this.", path=path)
    return path.read_bytes()
