"""What this is, whom one must trust and for what, and the words that are used here."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of ours: first what people say, then the term."""

    term: str
    plain: str
    says: str

    @property
    def anchor(self) -> str:
        return "word-" + self.term.replace(" ", "-")


WORDS: Final = (
    Word(
        term=N_("assembly"),
        plain=N_("people of a place or a cause who meet and decide"),
        says=N_("It decides for itself. Nothing from outside changes what it decided."),
    ),
    Word(
        term=N_("session"),
        plain=N_("a meeting of the assembly"),
        says=N_(
            "Who is there is counted by two people, whenever something is voted on."
        ),
    ),
    Word(
        term=N_("rulebook"),
        plain=N_("the rules that the assembly gave itself"),
        says=N_("A question keeps the rules under which it was put."),
    ),
    Word(
        term=N_("teller"),
        plain=N_("one of two who check what is counted"),
        says=(
            N_(
                "Both confirm it with keys of their own, which this "
                "machine does not hold."
            )
        ),
    ),
    Word(
        term=N_("clerk"),
        plain=N_("whoever writes down and signs what was decided"),
        says=N_("The clerk decides nothing."),
    ),
    Word(
        term=N_("issue"),
        plain=N_("something that troubles people here"),
        says=N_("Raised in the assembly's own words, with the reason why it matters."),
    ),
    Word(
        term=N_("shared issue"),
        plain=N_("something that troubles people in several places"),
        says=N_("Each assembly tells how it is there. Nobody owns it."),
    ),
    Word(
        term=N_("listening slip"),
        plain=N_("what somebody said at their door"),
        says=N_("Slips never leave this machine. Only how many there were is told."),
    ),
    Word(
        term=N_("proposal"),
        plain=N_("a text put to all assemblies"),
        says=N_("Once it is put, not a letter of it can change."),
    ),
    Word(
        term=N_("delegate"),
        plain=N_("whoever speaks for us among the assemblies"),
        says=N_("Elected by the assembly, bound by it, and recalled when it says so."),
    ),
    Word(
        term=N_("mandate"),
        plain=N_("what our delegate must do"),
        says=N_("A vote against it is counted by nobody. It is a political promise."),
    ),
    Word(
        term=N_("recall"),
        plain=N_("ending a delegate's task before its time"),
        says=N_(
            "It works from its place in the record on; an open vote is taken back."
        ),
    ),
    Word(
        term=N_("compact"),
        plain=N_("what assemblies agreed on deciding together"),
        says=N_("A document that each of them joined. No server stands behind it."),
    ),
    Word(
        term=N_("quorum"),
        plain=N_("how many must take part for anything to be decided"),
        says=N_("Fewer, and nothing is decided, neither yes nor no."),
    ),
    Word(
        term=N_("consent"),
        plain=N_("nobody has a reason against it that could not be met"),
        says=N_("Silence is not consent: the round asks everybody."),
    ),
    Word(
        term=N_("objection"),
        plain=N_("a reason why something would do harm"),
        says=N_(
            "Others test it. A valid one is answered in the text, or the text falls."
        ),
    ),
    Word(
        term=N_("ballot"),
        plain=N_("one question put to the vote"),
        says=N_("While it is open everybody sees how many voted, and nobody sees how."),
    ),
    Word(
        term=N_("double majority"),
        plain=N_("most assemblies and most of their members"),
        says=N_("Only where every assembly that votes counted its own yes and no."),
    ),
    Word(
        term=N_("public record"),
        plain=N_("everything an assembly has published, in order"),
        says=N_(
            "Signed, numbered, and copied by the others, so that nothing can be "
            "rewritten unseen. It holds numbers, and neither names nor texts."
        ),
    ),
    Word(
        term=N_("witness"),
        plain=N_("an assembly that states what had reached it"),
        says=N_("A vote counts once enough assemblies received it before closing."),
    ),
    Word(
        term=N_("certified"),
        plain=N_("received by enough assemblies in time"),
        says=N_("For good: nobody can take that back later."),
    ),
    Word(
        term=N_("attest"),
        plain=N_("to say: we counted for ourselves, and this is what we found"),
        says=N_("When enough assemblies attest the same result, it is confirmed."),
    ),
    Word(
        term=N_("provisional"),
        plain=N_("counted, and not confirmed yet"),
        says=N_("It is not in force."),
    ),
    Word(
        term=N_("digest"),
        plain=N_("a fingerprint of a document"),
        says=N_("Change one letter, and it is another. Compare it to be sure."),
    ),
    Word(
        term=N_("from elsewhere"),
        plain=N_("written by somebody on another server"),
        says=N_("Welcome, read, and never counted as a vote."),
    ),
)


def routes(site: Site) -> list[Route]:
    config = site.node.config

    async def page(request: Request) -> Response:
        return render(
            request, "about.html", words=WORDS, dev=config.dev, handle=config.host
        )

    return [site.page("/about", page)]
