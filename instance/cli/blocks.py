"""People and servers elsewhere that are kept away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from instance import config, node
from instance.cli.arguments import Directory
from instance.errors import Misused
from instance.fediverse import blocklist, moderation
from instance.fediverse.judgement import Severity
from instance.store import moderation as measures

app = typer.Typer(
    name="blocks",
    no_args_is_help=True,
    help="People and servers elsewhere that are kept away.",
)


@app.command("set")
def keep_away(
    directory: Directory,
    subject: Annotated[
        str, typer.Argument(metavar="HOST|ACTOR", help="A server, or an account.")
    ],
    severity: Annotated[
        str, typer.Argument(help="none (lifts it), silence, limit or suspend.")
    ],
    reason: Annotated[str, typer.Option(help="Why, for the moderators.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="The last day on which it holds; without one, until it is lifted.",
        ),
    ] = None,
) -> None:
    """Keep somebody, or a server and all below its name, away from now on."""
    if severity.upper() not in Severity.__members__:
        raise Misused(
            "{severity!r} is not one of none, silence, limit and suspend.",
            severity=severity,
        )
    ends_at = until and until.replace(tzinfo=UTC) + timedelta(days=1)
    with node.at_desk(config.read(directory)) as desk:
        moderation.decide(
            desk,
            subject,
            Severity[severity.upper()],
            by=None,
            reason=reason,
            ends_at=ends_at,
        )
        moderation.carry_through(desk)


@app.command("allow")
def allow(
    directory: Directory,
    host: Annotated[str, typer.Argument(help="The name of a server.")],
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it off the list.")
    ] = False,
) -> None:
    """Put a server on the list of the only ones that an allow-list node deals with."""
    with node.at_desk(config.read(directory)) as desk:
        change = moderation.disallow if remove else moderation.allow
        change(desk, host, by=None)
        moderation.carry_through(desk)


@app.command("import")
def take(
    directory: Directory,
    file: Annotated[Path, typer.Argument(help="A list as CSV, as Mastodon writes it.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Take it; without this it is only shown.")
    ] = False,
) -> None:
    """Show what a block list would change, and with --yes take it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(
            "{file} cannot be read: {error}.", file=file, error=error
        ) from error
    with node.at_desk(config.read(directory)) as desk:
        plan = blocklist.plan(desk, text)
        for change in plan.changes:
            before = "" if change.before is None else f"{change.before.word} -> "
            print(f"{change.line.host}: {before}{change.line.severity.word}")
        for left_out in plan.left_out:
            print(f"Left out. {left_out}")
        print(
            f"{len(plan.changes)} to change, {plan.same} the same already, "
            f"{plan.followers} followers would be lost."
        )
        if yes:
            blocklist.take(desk, plan, by=None)
    print("Done." if yes else "Nothing was changed. With --yes it is.")


@app.command("export")
def give(directory: Directory) -> None:
    """Print the measures about servers as a list that others can import."""
    with node.at_desk(config.read(directory)) as desk:
        print(blocklist.write(measures.measures(desk.connection)), end="")
