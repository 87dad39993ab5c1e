"""Issues that somebody raises by the form."""

from tests.instance.house import House
from tests.instance.web.hall import before
from tests.instance.web.sending import done

CHAIR, SECOND = 0, 1
DAMP = {
    "title": "Damp homes",
    "what": "Mould grows on the bedroom walls of twelve households.",
    "why": "Children cough all winter.",
    "theme": "housing",
    "place": "Ropewalk",
}


async def raises(house: House, words: dict[str, str]) -> str:
    async with before(house, SECOND) as (member,):
        return done(
            await member.post("/issues", on="/issues/new", previewed="yes", **words)
        )


WORDS = {
    "title": "Damp homes",
    "what": "Several households told us about mould.",
    "why": "Children sleep in these rooms.",
    "theme": "housing",
}
