"""Before words reach everybody, whoever sends them is told what could name somebody.

A form that was sent twice does one thing: it carries the id of what it makes.
"""

import re
from collections.abc import Mapping
from typing import Final

from confederation.errors import Sentences
from confederation.session import Told
from instance.desk import Desk
from instance.errors import MayNameSomebody, Misused
from instance.meeting import slips
from instance.store import people
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import raising

TOLD: Final[Mapping[Told, str]] = {
    "members": N_("The members"),
    "everyone": N_("Everyone, here and on other servers"),
}
FIELDS: Final = ("once", "told", "aware")
_ONCE: Final = re.compile(r"[0-9a-f]{28}", re.ASCII)


def once(form: Form) -> str:
    """Return the id that a form brings for what it makes.

    Raises:
        Misused: it brings none of ours.
    """
    id = form.one("once")
    if not _ONCE.fullmatch(id):
        raise Misused("Please open this form anew, and send it from there.")
    return id


def told(form: Form) -> Told:
    """Return who is to read it; the members where nothing was chosen."""
    chosen = form.one("told") or "members"
    if chosen not in TOLD:
        raise Misused("“Who will see this”: this was not offered. Please choose again.")
    return "everyone" if chosen == "everyone" else "members"


def check(desk: Desk, form: Form, *texts: str) -> None:
    """Make sure that words for everybody name nobody unawares.

    Raises:
        MayNameSomebody: they could, and nobody said that this is meant.
    """
    if told(form) == "everyone" and not form.ticked("aware"):
        check_text(desk, "\n".join(texts))


def check_text(desk: Desk, text: str) -> None:
    """Make sure that a text which everybody reads names nobody unawares.

    Raises:
        MayNameSomebody: it could.
    """
    found = slips.given_away(
        text,
        raising.held_slips(desk),
        names=people.names(desk.connection).values(),
    )
    if found:
        raise MayNameSomebody(
            "Everybody would read this. {found} Please write it in other words, or "
            "tick that it may stand.",
            found=Sentences(found),
        )
