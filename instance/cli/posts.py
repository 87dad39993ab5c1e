"""What the assembly says to its followers."""

from typing import Annotated, Final

import typer

from instance import config, node, speech
from instance.cli.arguments import Directory
from instance.errors import Misused
from instance.fediverse import deleting
from instance.fediverse.markup import paragraphs

app = typer.Typer()


@app.command("post")
def post(
    directory: Directory,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say.")],
    as_: Annotated[
        str, typer.Option("--as", metavar="SLUG", help="Which assembly speaks.")
    ],
) -> None:
    """Publish a post of the assembly to its followers and print its id."""
    settings = config.read(directory)
    if as_ != settings.slug:
        raise Misused(
            "The assembly here is {slug!r}, not {as_!r}.", slug=settings.slug, as_=as_
        )
    if not text.strip():
        raise Misused("There is nothing to say in an empty post.")
    if len(text) > MOST_TEXT:
        raise Misused("A post has at most {most:,} characters.", most=MOST_TEXT)
    with node.at_desk(settings) as desk:
        id = speech.say(desk, html=str(paragraphs(text)))
    print(id)


MOST_TEXT: Final = 20_000


@app.command("delete")
def delete(
    directory: Directory,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the post.")],
) -> None:
    """Delete a post of the assembly for good; all who got it are told.

    What tells of what the assembly did is not deleted.
    """
    with node.at_desk(config.read(directory)) as desk:
        deleting.delete(desk, id)
    print(f"Deleted: {id}")
