"""Step 2: slips from the doors become one shared issue, and no name goes with it."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus

from activitypub import reading
from activitypub.canonical import JsonObject
from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import Failed, expect, until
from instance.demo.page import Page
from instance.demo.stage import Stage
from instance.demo.story import stands_in
from instance.demo.visitor import Upload

ELSEWHERE: Final = "From elsewhere, no vote"


class NothingSpeaksOfIt(Exception):
    """No slip speaks of the issue, so nothing is raised: the story ends here."""


async def play(stage: Stage) -> None:
    """Raise the issue from slips, share it, and look for what must not have leaked."""
    stage.tell.step(2, f"An issue is raised from listening slips: {stage.story.title}")
    form = await _listen(stage)
    follower, a = stage.follower, stage.a
    await follower.follow(a.handle)

    async def accepted() -> JsonObject | None:
        return next(iter(follower.of_type("Accept")), None)

    await until(accepted, f"{a.name} accepts that {follower.handle} follows it.")
    stage.tell.say(
        f"On another server, {follower.name} ({follower.handle}) follows {a.handle}."
    )
    await _raise(stage, form)
    await asyncio.gather(_share(stage), _answer_from_elsewhere(stage))
    await look_for_leaks(stage)


async def _listen(stage: Stage) -> Page:
    """Hand the slips to the node, and find those that speak of the issue."""
    story, browser = stage.story, stage.a.clerk.browser
    file = Upload(name="slips.csv", content=story.slips_file(), kind="text/csv")
    await browser.send("/slips", "/slips", files={"slips": file})
    words = ", ".join(f"“{word}”" for word in story.issue.words)
    found = await browser.open(f"/slips?q={quote_plus(' '.join(story.issue.words))}")
    groups = [*found.forms_to("/issues/new")]
    numbers = [*groups[0].fields["slip"].options] if groups else []
    said = f"{_counted(len(story.slip), 'slip')} handed in at {stage.a.name}"
    if not numbers:
        raise NothingSpeaksOfIt(
            f"{said}, and none of them says {words}. So there is nothing to raise: "
            "nobody has asked for it. Change issue.words to what people said, or bring "
            "slips that speak of it."
        )
    stage.tell.say(
        f"{said}. {len(numbers)} of them say {words}. Only the note-taker and the",
        "registrar can read them.",
    )
    return await browser.submit(found, "/issues/new", {"slip": numbers})


async def _raise(stage: Stage, form: Page) -> None:
    """Have the note-taker write the issue, look at the preview, and raise it."""
    issue, a, browser = stage.story.issue, stage.a, stage.a.clerk.browser
    words = {
        "title": issue.title,
        "what": issue.what,
        "why": issue.why,
        "theme": issue.theme,
    }
    preview = await browser.submit(form, "/issues/preview", words)
    expect(
        "The preview shows what everybody will see.",
        holds=issue.title in preview.text,
        found=preview.alert or preview.text,
    )
    raised = await browser.submit(preview, "/issues")
    expect(
        f"{a.name} raises the issue.", holds=raised.status == 200, found=raised.alert
    )
    stage.issue = id_of(raised.path)
    stage.tell.say(
        f"{a.clerk.name} writes it in their own words, looks at the preview of what",
        f"everybody will see, and raises it: “{issue.title}”.",
    )


async def _share(stage: Stage) -> None:
    """Have the other two say *we have this too*, and see one issue everywhere."""
    shared, issue = f"/shared/{stage.issue}", stage.story.issue
    accounts = {
        stage.b.name: stage.story.second.account,
        stage.c.name: stage.story.third.account,
    }
    whys = {
        stage.b.name: stage.story.second.account_why,
        stage.c.name: stage.story.third.account_why,
    }

    async def say(assembly: Assembly) -> None:
        listed = await assembly.sees("/issues", issue.title)
        path = listed.link(f"/issues/{stage.issue}")
        expect(
            f"{assembly.name} lists the issue of {stage.a.name}.",
            holds=path is not None,
            found=listed.text,
        )
        share = f"{path}/share"
        # Any member says it; here it is the one who will be the delegate.
        await assembly.delegate.browser.send(
            share,
            share,
            {"account": accounts[assembly.name], "why": whys[assembly.name]},
        )
        stage.tell.say(
            f"{assembly.name} says: we have this too. “{accounts[assembly.name]}”"
        )

    await asyncio.gather(say(stage.b), say(stage.c))
    for each in stage.assemblies:
        await each.sees(shared, *(each.name for each in stage.assemblies))
        await each.sees(shared, *accounts.values())
    stage.tell.seen(
        "One shared issue with three accounts shows on all three nodes. Nobody owns it."
    )


async def _answer_from_elsewhere(stage: Stage) -> None:
    """See the post arrive on another server, and a reply to it come back."""
    follower, issue = stage.follower, stage.story.issue
    page = f"{stage.a.node.base}/issues/{stage.issue}"

    async def announced() -> JsonObject | None:
        for each in follower.of_type("Announce"):
            post = await follower.fetch(str(reading.id_of(each.get("object"))))
            if issue.title in json.dumps(post, ensure_ascii=False):
                return post
        return None

    post = await until(announced, f"{follower.handle} gets the issue as a post.")
    content = str(post.get("content"))
    expect(
        "The post is readable, with a link to the page of the issue.",
        holds=page in content and post.get("type") == "Note",
        found=content,
    )
    stage.tell.say(f"{follower.name} reads it as an ordinary post, with a link to it.")
    await follower.reply(post, stage.story.follower.reply)
    await stage.a.sees(
        f"/issues/{stage.issue}", ELSEWHERE, stage.story.follower.reply, follower.name
    )
    stage.tell.seen(
        f"The reply of {follower.name} stands on the page of {stage.a.name}, labelled:",
        f"{ELSEWHERE}.",
    )


async def look_for_leaks(stage: Stage) -> None:
    """Search all that others hold, or can get, for what nobody released.

    Raises:
        Failed: something is there; it says what and where.
    """
    private, places = stage.story.private, 0
    for where, text in _all_that_others_have(stage):
        places += 1
        _search(private, where, text)
    for where, text in await _all_that_a_stranger_finds(stage.a):
        places += 1
        _search(private, where, text)
    stage.tell.seen(
        f"{len(private)} names, phone numbers and addresses are looked for in",
        f"{places} places: all that {stage.b.name}, {stage.c.name} and the other",
        f"server ever received, and all that is public of {stage.a.name}. None is",
        "there.",
    )


def _search(private: tuple[str, ...], where: str, text: str) -> None:
    for each in private:
        if stands_in(each, text):
            raise Failed(f"Nobody else can read {each!r}.", f"it stands in {where}.")


def _all_that_others_have(stage: Stage) -> Iterator[tuple[str, str]]:
    for assembly in (stage.b, stage.c):
        for file in sorted(assembly.node.directory.rglob("*.sqlite")):
            for table, text in _rows(file):
                yield f"{file}, table {table}", text
    for number, body in enumerate(stage.follower.bytes_received, 1):
        yield f"delivery {number} to the other server", _plain(body)


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    """Read everything in a database, as whoever runs that machine could."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = database.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            for row in database.execute(f'select * from "{table}"'):  # noqa: S608
                yield (
                    table,
                    "\n".join(
                        _plain(value) if isinstance(value, bytes) else str(value)
                        for value in row
                    ),
                )


async def _all_that_a_stranger_finds(assembly: Assembly) -> list[tuple[str, str]]:
    """Follow every link from the front page and the actor, with no account.

    A link to another language is left alone: whoever follows it reads that from now on.
    """
    stranger = assembly.stranger
    waiting = ["/", f"/g/{assembly.story.slug}", f"/g/{assembly.story.slug}/clerk"]
    seen: dict[str, str] = {}
    while waiting:
        batch = [path for path in dict.fromkeys(waiting) if path not in seen]
        bodies = await asyncio.gather(*(stranger.everything(path) for path in batch))
        waiting = []
        for path, body in zip(batch, bodies, strict=True):
            seen[path] = _plain(body)
            waiting += _OWN_LINK.findall(seen[path].replace(assembly.node.base, ""))
    return [(f"{assembly.node.base}{path}", text) for path, text in seen.items()]


_OWN_LINK: Final = re.compile(
    r"""["'](/(?!/|static/|in/|language/)[\w\-./?=&;:%]*)["']"""
)


def _plain(body: bytes) -> str:
    """Undo what JSON does to letters, so that a name is found as it is written."""
    text = body.decode("utf-8", "replace")
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)


def _counted(number: int, what: str) -> str:
    return f"One {what} is" if number == 1 else f"{number} {what}s are"
