"""Make a node, serve it, and move it to another address."""

import shlex
from dataclasses import replace
from typing import Annotated, Final

import typer

from confederation import assembly as domain_assembly
from confederation.identifiers import ActorId
from instance import config, languages, node, zones
from instance.cli.arguments import Directory
from instance.config import Config, Hall
from instance.errors import Misused
from instance.languages import N_, translated
from instance.meeting import starting
from instance.membership import welcome
from instance.upkeep import lan, moving, service

app = typer.Typer()


@app.command("init")
def init(
    directory: Directory,
    assembly: Annotated[
        str, typer.Option(metavar="SLUG", help="Short name: a–z, 0–9 and _.")
    ],
    name: Annotated[str, typer.Option(help="The name that people read.")],
    domain: Annotated[
        str | None,
        typer.Option(
            metavar="HOST[:PORT]",
            help="Where the node lives. Without one it serves on loopback, and can "
            "take a name later with 'folkmoot address'.",
        ),
    ] = None,
    dev: Annotated[
        bool,
        typer.Option(
            "--dev",
            help="For trying out: plain HTTP, ports and address hosts, short spans.",
        ),
    ] = False,
    allow_network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CIDR",
            help="With --dev, where requests may go (default 127.0.0.0/8). "
            "May be given more than once.",
        ),
    ] = None,
    organiser: Annotated[
        str, typer.Option(help="The name of the first member.")
    ] = "Organiser",
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            help=f"The port of 127.0.0.1 to listen on, {config.DEFAULT_PORT} by "
            "default: another one for each node on this machine.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="By whose clock people are told the time, such as Europe/Berlin. By "
            "default this machine's.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="In which language the assembly writes: "
            f"{', '.join(languages.LANGUAGES)}. By default this machine's, or else "
            "English.",
        ),
    ] = None,
) -> None:
    """Make a node for one assembly in an empty directory."""
    if allow_network and not dev:
        raise Misused("--allow-network works only with --dev.")
    checked = None if domain is None else config.checked_domain(domain, dev=dev)
    listen = config.listen_for(checked, dev=dev)
    settings = Config(
        directory=directory,
        slug=config.checked_slug(assembly),
        domain=checked,
        dev=dev,
        networks=config.checked_networks(tuple(allow_network or config.LOOPBACK)),
        listen=listen if port is None else f"127.0.0.1:{port}",
        time_zone=config.checked_zone(time_zone or zones.guess()),
        language=languages.known(language or languages.guess().code).code,
    )
    invitation = welcome.set_up(settings, name=name, organiser=organiser)
    here = shlex.quote(str(directory))
    print(f"The node is in {directory}. Start it with: folkmoot serve {here}")
    print(f"Address:   {settings.group}")
    print(f"Times:     {settings.time_zone} (time_zone in {config.SETTINGS})")
    print(f"Language:  {settings.speaks.name} (language in {config.SETTINGS})")
    print(f"Sign in:   {invitation.link}")
    print(f"Or by code {invitation.code} at {settings.base}/sign-in")


@app.command("serve")
def serve(
    directory: Directory,
    in_hall: Annotated[
        bool,
        typer.Option(
            "--hall",
            help="Serve the people in one room, over plain HTTP, with or without the "
            "internet.",
        ),
    ] = False,
    wifi: Annotated[
        str | None,
        typer.Option(
            metavar="NAME:PASSWORD",
            help="With --hall, the Wi-Fi of the room, to be shown on the wall.",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="With --hall, the name or address to go by, if the room's router "
            "gives this machine one. By default the addresses it has.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=1, max=65_535, help="With --hall, the port to listen on."),
    ] = config.DEFAULT_PORT,
) -> None:
    """Serve the node until it is stopped (Ctrl-C)."""
    settings = config.read(directory)
    if not in_hall:
        if wifi is not None or host is not None:
            raise Misused("--wifi and --host work only with --hall.")
        _serve(
            settings,
            f"Serving {settings.group} on http://{settings.listen} (Ctrl-C stops it)",
        )
        return
    room = lan.hall(port, host=host, wifi=wifi)
    with languages.speaking(settings.speaks):
        says = _how_to_join(room)
    _serve(replace(settings, hall=room, listen=f"{ANYBODY}:{port}"), says)


@app.command("service")
def print_service(directory: Directory) -> None:
    """Print a unit for systemd, which starts the node at boot and again after a fault.

    It goes to /etc/systemd/system, under the name in its first line.
    """
    print(service.unit(config.read(directory)), end="")


@app.command("evening")
def evening(
    directory: Directory,
    name: Annotated[
        str | None, typer.Option(help="What the assembly is called.")
    ] = None,
    you: Annotated[str | None, typer.Option(help="Your own name.")] = None,
    second: Annotated[
        str | None, typer.Option(help="The name of the second teller.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(help="What the first meeting is about.")
    ] = None,
    wifi: Annotated[
        str | None,
        typer.Option(
            metavar="NAME:PASSWORD",
            help="The Wi-Fi of the room, to be shown on the wall.",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The name or address to go by in the room. By default the addresses "
            "that this machine has; without any it serves this machine alone.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help="The port to listen on.")
    ] = config.DEFAULT_PORT,
) -> None:
    """Begin a first evening in an empty directory, and serve it in the room.

    Asks for what was not given: four answers. The page that it then names leads from
    the printer to an open meeting. Given a directory with a node, it serves it again.
    """
    begun = (directory / config.SETTINGS).exists()
    speaks = config.read(directory).speaks if begun else languages.guess()
    invitation: welcome.Invitation | None = None
    if not begun:
        with languages.speaking(speaks):
            name = name or _ask(N_("What is the assembly called?"))
            you = you or _ask(N_("What is your name?"))
            second = second or _ask(N_("Who is the second teller?"))
            about = about or _ask(N_("What is the meeting about?"))
        invitation = starting.prepare(
            Config(
                directory=directory,
                slug=starting.slug_of(name),
                listen=f"127.0.0.1:{port}",
                time_zone=zones.guess(),
                language=speaks.code,
            ),
            name=name,
            organiser=you,
            second=second,
            about=about,
        )
    settings = replace(config.read(directory), listen=f"127.0.0.1:{port}")
    room = _room_if_any(port, host=host, wifi=wifi)
    if room is not None:
        settings = replace(settings, hall=room, listen=f"{ANYBODY}:{port}")
    with languages.speaking(speaks):
        says = [_how_to_join(room), *_how_to_begin(settings, port, invitation)]
    _serve(settings, "\n".join(says))


def _ask(question: str) -> str:
    answer: str = typer.prompt(translated(question), prompt_suffix=" ")
    return answer


def _how_to_begin(
    settings: Config, port: int, invitation: welcome.Invitation | None
) -> list[str]:
    here = f"http://127.0.0.1:{port}"
    if invitation is None:
        return [_line(N_("Go on at:"), f"{here}/first")]
    link = f"{here}/in/{invitation.link.rpartition('/')[2]}"
    return [
        _line(N_("Times are of:"), settings.time_zone),
        _line(N_("It writes in:"), settings.speaks.name),
        _line(N_("Keep your code:"), invitation.code),
        _line(N_("It signs you in at:"), f"{here}/sign-in"),
        _line(N_("Now open:"), link),
    ]


def _line(label: str, says: str) -> str:
    # With no marks of direction around it, which would be copied along with a link.
    return f"{translated(label)} {says}"


def _serve(settings: Config, says: str) -> None:
    # All pages are loaded here, which takes longer than most other commands. What is
    # said comes after that, so that nobody opens an address before it answers.
    from instance import app  # noqa: PLC0415

    print(says, flush=True)
    app.serve(settings)


def _room_if_any(port: int, *, host: str | None, wifi: str | None) -> Hall | None:
    if host is None and not lan.addresses():
        return None
    return lan.hall(port, host=host, wifi=wifi)


ANYBODY: Final = "0.0.0.0"


def _how_to_join(room: Hall | None) -> str:
    if room is None:
        return translated(
            N_("This machine is in no network: it serves its own screen only.")
        )
    first, *others = room.origins
    lines = [lan.for_terminal(f"{first}/card")]
    lines.append(_line(N_("In this room:"), f"{first}/card"))
    lines += [_line(N_("or:"), f"{each}/card") for each in others]
    lines.append(_line(N_("For the wall:"), f"{first}/hall/join"))
    if room.wifi is not None:
        lines.append(_line(N_("Wi-Fi:"), room.wifi.name))
    return "\n".join([*lines, translated(N_("Ctrl-C stops it."))])


@app.command("language")
def choose_language(
    directory: Directory,
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]", help=f"One of {', '.join(languages.LANGUAGES)}."
        ),
    ] = None,
) -> None:
    """Say in which language the assembly writes, or choose another from now on.

    What was written before keeps its language. A node that serves takes the new one up
    when it starts again.
    """
    settings = config.read(directory)
    if code is not None:
        settings = replace(settings, language=languages.known(code).code)
        config.write(settings)
    print(f"The assembly writes in {settings.speaks.name} ({settings.language}).")


@app.command("address")
def address(
    directory: Directory,
    domain: Annotated[
        str, typer.Option(metavar="HOST[:PORT]", help="Where it lives from now on.")
    ],
) -> None:
    """Move the assembly to another address; its record and its mandates stay valid.

    Stop the node first, then serve it at the new address.
    """
    settings = config.read(directory)
    checked = config.checked_domain(domain, dev=settings.dev)
    # Behind a web server the name has nothing to do with the port.
    listen = config.listen_for(checked, dev=True) if settings.dev else settings.listen
    moved = replace(settings, domain=checked, listen=listen)
    with node.at_desk(moved) as desk:
        if node.exists(desk, "assembly:it"):
            command = domain_assembly.ChangeAddress(
                address=ActorId(moved.group), by=None, at=desk.now
            )
            node.perform(desk, "assembly:it", command)
        if settings.federates and settings.base != moved.base:
            moving.leave(desk, settings)
    config.write(moved)
    print(f"The assembly now lives at {moved.group}")
