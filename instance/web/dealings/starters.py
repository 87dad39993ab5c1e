"""What an assembly's library begins with, in the language of whoever opens it."""

from dataclasses import dataclass
from typing import Final

from confederation.dealings.practice import Kind
from instance.web.languages import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """A practice of ours; ``needed`` is empty where nothing has to be there."""

    name: str
    kind: Kind
    title: str
    words: str
    minutes: int
    fewest: int
    most: int
    needed: str = ""


STARTERS: Final = (
    Starter(
        name="map",
        kind="energiser",
        title=N_("The map on the floor"),
        words=N_(
            "The room is our neighbourhood: say where the river is, and where the "
            "hill. Everybody stands where they live. Say hello to those beside you, "
            "and tell each other one thing that is good there. Whoever sits points."
        ),
        minutes=8,
        fewest=8,
        most=150,
    ),
    Starter(
        name="hands",
        kind="energiser",
        title=N_("A handshake that grows"),
        words=N_(
            "In pairs, invent a greeting without words. Two pairs teach each other "
            "theirs, then two fours, until the whole room has one greeting. Use it "
            "to say goodbye at the end."
        ),
        minutes=6,
        fewest=6,
        most=120,
    ),
    Starter(
        name="weather",
        kind="energiser",
        title=N_("What is your weather?"),
        words=N_(
            "Each says in one word what weather it is inside them. Nobody asks why. "
            "In a big room do it at the tables."
        ),
        minutes=5,
        fewest=2,
        most=150,
    ),
    Starter(
        name="chairs",
        kind="game",
        title=N_("The chair that must stay empty"),
        words=N_(
            "Everybody sits on chairs all over the room, and one chair is empty. One "
            "person walks slowly towards it. The others keep it from being free by "
            "sitting down there first, without a word. Count how long you last. Then "
            "plan for a minute, and play again. Talk about what changed. Whoever does "
            "not run keeps the time."
        ),
        minutes=15,
        fewest=10,
        most=60,
        needed=N_("A chair for each, and one more"),
    ),
    Starter(
        name="postcard",
        kind="game",
        title=N_("A postcard from five years on"),
        words=N_(
            "Draw or write a postcard from this place as it is in five years, if all "
            "went well. Swap it with somebody you do not know, and read out what you "
            "got. Hang them up, and take photos for the minutes."
        ),
        minutes=20,
        fewest=3,
        most=100,
        needed=N_("Blank cards and pens"),
    ),
    Starter(
        name="small",
        kind="question",
        title=N_("What could we do by Friday, with what is in this room?"),
        words=N_(
            "It turns a long list of wishes into a first step. Five minutes in pairs, "
            "then each pair says one thing. Write down who likes to do it."
        ),
        minutes=15,
        fewest=2,
        most=150,
    ),
    Starter(
        name="absent",
        kind="question",
        title=N_("Who is not here, and what would they say now?"),
        words=N_(
            "Ask it before a decision. Each table chooses one person who is missing, "
            "by what they do and not by name, and speaks for them for two minutes. "
            "Then ask how to hear from them in earnest."
        ),
        minutes=12,
        fewest=4,
        most=150,
    ),
    Starter(
        name="bread",
        kind="game",
        title=N_("Whose recipe?"),
        words=N_(
            "While you eat, each writes down a dish and the place that it comes from "
            "for them. Mix the papers. One is read out, and all guess whose it is; "
            "then that person tells its story."
        ),
        minutes=15,
        fewest=4,
        most=30,
        needed=N_("Something to eat, paper and pens"),
    ),
)
