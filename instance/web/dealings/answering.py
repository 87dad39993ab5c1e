"""An answer is read from its form, over the link that was sent or copied from paper."""

from collections.abc import Mapping
from typing import Final

from confederation.dealings import ask
from confederation.dealings.ask import Kind, Said
from confederation.identifiers import AnswerId, Commit, MemberId, ServantId
from instance import node
from instance.desk import Desk
from instance.store import events
from instance.web import asking, telling
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.moments import day_to_come

MOST_IN_TEXT: Final = 4_000
KINDS: Final[Mapping[Kind, str]] = {
    "received": N_("They have received it"),
    "holding": N_("A first reply: the answer is to follow"),
    "full": N_("They agree to all of it"),
    "partly": N_("They agree to a part of it"),
    "refused": N_("They do not agree to it"),
}
PARTS: Final[Mapping[str, str]] = {
    "heard": N_("What they heard"),
    "plan": N_("What they will do"),
    "handed": N_("Power or money handed over"),
    "text": N_("What else they say"),
}


def take_answer(
    desk: Desk,
    id: str,
    form: Form,
    *,
    link: str | None,
    servant: ServantId | None = None,
    by: MemberId | None,
) -> None:
    """Take an answer from its form; the same one again changes and keeps nothing.

    Args:
        desk: with the transaction.
        id: under which we keep the ask.
        form: as ``_answer_fields.html`` has it.
        link: the digest of the secret that it came over; None for one on paper.
        servant: the public servant who wrote it, if one did; they were checked.
        by: who copied it; None for whoever holds the link, or the servant.
    """
    state: ask.State = node.load(desk, f"ask:{id}")
    answer = AnswerId(telling.once(form))
    if any(each.answer == answer for each in state.answers):
        return
    command = ask.TakeAnswer(
        answer=answer,
        kind=read_kind(form),
        said=read_said(desk, form),
        link=link,
        servant=servant,
        by=by,
        at=desk.now,
    )
    asking.carry_out(desk, f"ask:{id}", command)


def take_contribution(
    desk: Desk,
    id: str,
    form: Form,
    *,
    link: str | None,
    servant: ServantId | None = None,
) -> None:
    """Take facts, or staff time that is offered; once is enough.

    They come over the link, or from a public servant who was checked.
    """
    text = form.text("given", "What you give", most=MOST_IN_TEXT)
    command = ask.Contribute(
        contribution=AnswerId(telling.once(form)),
        kind=form.choice("sort", "What it is", among=("facts", "staff time")),  # type: ignore[arg-type]
        text=events.keep_wording(desk.connection, text),
        link=link,
        servant=servant,
        by=None,
        at=desk.now,
    )
    node.perform(desk, f"ask:{id}", command)


def read_kind(form: Form) -> Kind:
    """Return what sort of answer a form brings."""
    kind: Kind = form.choice("kind", "Your answer", among=KINDS)  # type: ignore[assignment]
    return kind


def read_said(desk: Desk, form: Form) -> Said:
    """Keep the words of an answer, and return what stands for them."""

    def words(name: str) -> Commit | None:
        text = form.text(name, PARTS[name], least=0, most=MOST_IN_TEXT)
        return events.keep_wording(desk.connection, text) if text else None

    return Said(
        text=words("text"),
        heard=words("heard"),
        plan=words("plan"),
        handed=words("handed"),
        plan_by=day_to_come(form, "plan_by", "By when", now=desk.now),
        lang=desk.config.language,
    )
