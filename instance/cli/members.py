"""The members of the assembly."""

from typing import Annotated

import typer

from instance import config, node
from instance.cli.arguments import Directory
from instance.config import Config
from instance.membership import belonging, welcome

app = typer.Typer(
    name="member", no_args_is_help=True, help="The members of the assembly."
)


@app.command("add")
def add(
    directory: Directory,
    name: Annotated[str, typer.Argument(help="The name that fellow members read.")],
) -> None:
    """Let a person in and print their sign-in link and code."""
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        invitation = welcome.invite(desk, name)
    _show(invitation, settings)


@app.command("invite")
def invite(
    directory: Directory,
    name: Annotated[str, typer.Argument(help="The name of a member.")],
    lost: Annotated[
        bool, typer.Option("--lost", help="End all that they came in by before.")
    ] = False,
) -> None:
    """Print a fresh sign-in link and code for a member; all members read that you did.

    For whoever lost theirs where the registrar and a second member cannot see to it.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        member = welcome.member_called(desk, name)
        invitation = belonging.code_at_machine(desk, member, lost=lost)
    _show(invitation, settings)


def _show(invitation: welcome.Invitation, settings: Config) -> None:
    print(f"Member:    {invitation.member}")
    print(f"Sign in:   {invitation.link}")
    print(f"Or by code {invitation.code} at {settings.base}/sign-in")
