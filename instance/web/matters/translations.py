"""What a text says in another language stands beside it, and is never the text.

A text is in one language, which travels beside its words; its digests are of the words
alone. See docs/decisions/0134-a-language-stands-beside-the-words.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import addresses
from confederation.errors import Invalid, Unknown
from confederation.identifiers import Commit
from confederation.membership.entitlement import NOTES
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, translations
from instance.web import asking, languages
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.site import Site, see_other
from instance.web.visits import Member

LONGEST: Final = 20_000
MOST_PARTS: Final = 60
PAGES: Final = (
    *("/motions/", "/proposals/", "/compacts/", "/decisions/", "/mandates/"),
    "/sessions/",
)
"""On which pages a text can have translations beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text that is translated by itself, such as a clause."""

    of: Commit
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """All that is translated of a page into one language, in the order of the parts.

    ``machine`` says that no person wrote some of it; ``whole`` that no part is missing.
    """

    lang: str
    words: tuple[str, ...]
    machine: bool
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Where the texts of a page are signed in a sign language, and on which host."""

    lang: str
    address: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The languages of a page's texts: the one that counts, and others beside it.

    ``into`` are those that somebody may translate them into.
    """

    lang: str
    parts: tuple[Part, ...]
    others: tuple[Translation, ...]
    films: tuple[Film, ...]
    into: tuple[str, ...]
    may: bool


def read_language(form: Form) -> str | None:
    """Return the language that a form says a text is in; None if it says nothing.

    Raises:
        Misused: it is none that people can choose.
    """
    if not form.one("lang"):
        return None
    return form.choice("lang", "Its language", among=languages.WRITTEN)


def view(desk: Desk, texts: Sequence[Commit], member: Member | None) -> Beside | None:
    """Show in which language texts are, and their translations.

    None where none of them is held, or all were withdrawn.
    """
    held = {each: events.wording(desk.connection, each) for each in texts}
    parts = tuple(Part(of=each, words=said) for each, said in held.items() if said)
    if not parts:
        return None
    by_language: dict[str, dict[str, tuple[str, bool]]] = {}
    films: list[Film] = []
    for row in translations.of(desk.connection, (part.of for part in parts)):
        if row["lang"] in languages.SIGNED:
            host = addresses.parse(row["words"]).authority
            films.append(Film(lang=row["lang"], address=row["words"], host=host))
            continue
        of_one = by_language.setdefault(row["lang"], {})
        of_one[row["of"]] = row["words"], bool(row["machine"])
    may = member is not None and bool(member.roles & NOTES)
    return Beside(
        lang=events.language(desk.connection, parts[0].of),
        parts=parts,
        others=tuple(
            Translation(
                lang=lang,
                words=tuple(said[part.of][0] for part in parts if part.of in said),
                machine=any(machine for _, machine in said.values()),
                whole=all(part.of in said for part in parts),
            )
            for lang, said in by_language.items()
        ),
        films=tuple(films),
        into=languages.offered(translations.used(desk.connection)) if may else (),
        may=may,
    )


def write(desk: Desk, form: Form) -> None:
    """Keep what a form says of texts in another language; without words, nothing.

    Raises:
        Invalid: it is the language that the text is in.
        Misused: the form is not one of ours.
        Unknown: such a text is not held here.
    """
    texts, words = form.values.get("of", ()), form.values.get("words", ())
    if not texts or len(texts) != len(words) or len(texts) > MOST_PARTS:
        raise Misused("Please open this form anew, and send it from there.")
    lang = form.choice("lang", "Into which language", among=languages.WRITTEN)
    said = tuple(
        Form(values={"words": (each,)}).text(
            "words", N_("The translation"), least=0, most=LONGEST
        )
        for each in words
    )
    for of, each in zip(texts, said, strict=True):
        if events.wording(desk.connection, of) is None:
            raise Unknown("No such text is held here.")
        if events.language(desk.connection, of) == lang:
            raise Invalid("The text is in this language already.")
        if each:
            translations.keep(
                desk.connection,
                of,
                lang=lang,
                words=each,
                machine=form.ticked("machine"),
                at=desk.seconds,
            )
        else:
            translations.forget(desk.connection, of, lang=lang)


def sign(desk: Desk, form: Form) -> None:
    """Keep where a text is signed in a sign language; without an address, nothing.

    Raises:
        Malformed: it is no address on the web.
        Misused: the form is not one of ours.
        Unknown: no such text is held here.
    """
    of = form.one("of")
    lang = form.choice("lang", "Which sign language", among=languages.SIGNED)
    address = form.line("address", "The address of the film", least=0, most=2_000)
    if events.wording(desk.connection, of) is None:
        raise Unknown("No such text is held here.")
    if not address:
        translations.forget(desk.connection, of, lang=lang)
        return
    words = str(addresses.parse(address))
    translations.keep(
        desk.connection, of, lang=lang, words=words, machine=False, at=desk.seconds
    )


def routes(site: Site) -> list[Route]:
    async def written(request: Request, form: Form) -> Response:
        form.only("of", "words", "lang", "machine", "back")
        return await kept(request, form, write)

    async def signed(request: Request, form: Form) -> Response:
        form.only("of", "lang", "address", "back")
        return await kept(request, form, sign)

    async def kept(
        request: Request, form: Form, keep: Callable[[Desk, Form], None]
    ) -> Response:
        asking.an_officer(request, "clerk", "convenor", "facilitator", "note-taker")
        back = form.one("back")
        if not back.startswith(PAGES) or any(mark in back for mark in "\\?#:"):
            raise Misused("Please open this form anew, and send it from there.")
        await site.work(lambda desk: keep(desk, form))
        # Words that were replaced or taken away do not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other(back)

    return [
        site.form("/translations", written),
        site.form("/translations/signed", signed),
    ]
