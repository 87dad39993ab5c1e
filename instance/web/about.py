"""What this is, whom one must trust and for what, and the words that are used here."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
        term="assembly",
        plain="people of a place or a cause who meet and decide",
        says="It decides for itself. Nothing from outside changes what it decided.",
    ),
    Word(
        term="session",
        plain="a meeting of the assembly",
        says="Who is there is counted by two people, whenever something is voted on.",
    ),
    Word(
        term="rulebook",
        plain="the rules that the assembly gave itself",
        says="A question keeps the rules under which it was put.",
    ),
    Word(
        term="teller",
        plain="one of two who check what is counted",
        says=(
            "Both confirm it with keys of their own, which this machine does not hold."
        ),
    ),
    Word(
        term="clerk",
        plain="whoever writes down and signs what was decided",
        says="The clerk decides nothing.",
    ),
    Word(
        term="issue",
        plain="something that troubles people here",
        says="Raised in the assembly's own words, with the reason why it matters.",
    ),
    Word(
        term="shared issue",
        plain="something that troubles people in several places",
        says="Each assembly tells how it is there. Nobody owns it.",
    ),
    Word(
        term="listening slip",
        plain="what somebody said at their door",
        says="Slips never leave this machine. Only how many there were is told.",
    ),
    Word(
        term="proposal",
        plain="a text put to all assemblies",
        says="Once it is put, not a letter of it can change.",
    ),
    Word(
        term="delegate",
        plain="whoever speaks for us among the assemblies",
        says="Elected by the assembly, bound by it, and recalled when it says so.",
    ),
    Word(
        term="mandate",
        plain="what our delegate must do",
        says="A vote against it is counted by nobody. It is a political promise.",
    ),
    Word(
        term="recall",
        plain="ending a delegate's task before its time",
        says="It works from its place in the record on; an open vote is taken back.",
    ),
    Word(
        term="compact",
        plain="what assemblies agreed on deciding together",
        says="A document that each of them joined. No server stands behind it.",
    ),
    Word(
        term="quorum",
        plain="how many must take part for anything to be decided",
        says="Fewer, and nothing is decided, neither yes nor no.",
    ),
    Word(
        term="consent",
        plain="nobody has a reason against it that could not be met",
        says="Silence is not consent: the round asks everybody.",
    ),
    Word(
        term="objection",
        plain="a reason why something would do harm",
        says="Others test it. A valid one is answered in the text, or the text falls.",
    ),
    Word(
        term="ballot",
        plain="one question put to the vote",
        says="While it is open everybody sees how many voted, and nobody sees how.",
    ),
    Word(
        term="double majority",
        plain="most assemblies and most of their members",
        says="Only where every assembly that votes counted its own yes and no.",
    ),
    Word(
        term="public record",
        plain="everything an assembly has published, in order",
        says="Signed, numbered, and copied by the others, so that nothing can be "
        "rewritten unseen. It holds numbers, and neither names nor texts.",
    ),
    Word(
        term="witness",
        plain="an assembly that states what had reached it",
        says="A vote counts once enough assemblies received it before closing.",
    ),
    Word(
        term="certified",
        plain="received by enough assemblies in time",
        says="For good: nobody can take that back later.",
    ),
    Word(
        term="attest",
        plain="to say: we counted for ourselves, and this is what we found",
        says="When enough assemblies attest the same result, it is confirmed.",
    ),
    Word(
        term="provisional",
        plain="counted, and not confirmed yet",
        says="It is not in force.",
    ),
    Word(
        term="digest",
        plain="a fingerprint of a document",
        says="Change one letter, and it is another. Compare it to be sure.",
    ),
    Word(
        term="from elsewhere",
        plain="written by somebody on another server",
        says="Welcome, read, and never counted as a vote.",
    ),
)


def routes(site: Site) -> list[Route]:
    config = site.node.config

    async def page(request: Request) -> Response:
        return render(
            request, "about.html", words=WORDS, dev=config.dev, handle=config.host
        )

    return [site.page("/about", page)]
