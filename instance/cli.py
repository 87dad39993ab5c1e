"""The command line: set up a node, serve it, look after it, check what others say."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from activitypub.errors import ProtocolError
from confederation import assembly as domain_assembly
from confederation.errors import Refused
from confederation.identifiers import ActorId
from instance import app as server
from instance import (
    archive,
    blocklist,
    borrowing,
    bundle,
    chamber,
    common_mandates,
    config,
    deleting,
    demo,
    doctor,
    exporting,
    hall,
    keys,
    lan,
    mending,
    moderation,
    moving,
    node,
    record_keys,
    rotating,
    speech,
    starting,
    teller,
    welcome,
)
from instance.config import Config, Hall
from instance.errors import Misused
from instance.judgement import Severity
from instance.markup import paragraphs
from instance.store import moderation as measures
from instance.store import posts

MISUSED: Final = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Folkmoot: a node for an assembly that decides together with others.",
)
member = typer.Typer(no_args_is_help=True, help="The members of the assembly.")
key = typer.Typer(no_args_is_help=True, help="Keys of tellers and delegates.")
blocks = typer.Typer(
    no_args_is_help=True, help="People and servers elsewhere that are kept away."
)
pen = typer.Typer(
    no_args_is_help=True,
    help="The pen of the assembly, on an evening without a network.",
)
compact = typer.Typer(
    no_args_is_help=True, help="What the assembly agreed on with others."
)
app.add_typer(member, name="member")
app.add_typer(compact, name="compact")
app.add_typer(pen, name="hall")
app.add_typer(blocks, name="blocks")
app.add_typer(key, name="key")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The node's directory.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(metadata.version("folkmoot"))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
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
) -> None:
    """Make a node for one assembly in an empty directory."""
    if allow_network and not dev:
        raise Misused("--allow-network works only with --dev.")
    checked = None if domain is None else config.checked_domain(domain, dev=dev)
    settings = Config(
        directory=directory,
        slug=config.checked_slug(assembly),
        domain=checked,
        dev=dev,
        networks=config.checked_networks(tuple(allow_network or config.LOOPBACK)),
        listen=config.listen_for(checked, dev=dev),
    )
    invitation = welcome.set_up(settings, name=name, organiser=organiser)
    print(f"The node is in {directory}. Start it with: folkmoot serve {directory}")
    print(f"Address:   {settings.group}")
    print(f"Sign in:   {invitation.link}")
    print(f"Or by code {invitation.code} at {settings.base}/sign-in")


@app.command()
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
        print(f"Serving {settings.group} on http://{settings.listen} (Ctrl-C stops it)")
        server.serve(settings)
        return
    room = lan.hall(port, host=host, wifi=wifi)
    print(_how_to_join(room), flush=True)
    server.serve(replace(settings, hall=room, listen=f"{ANYBODY}:{port}"))


@app.command()
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
    invitation: welcome.Invitation | None = None
    if not (directory / config.SETTINGS).exists():
        name = name or typer.prompt("What is the assembly called?")
        you = you or typer.prompt("What is your name?")
        second = second or typer.prompt("Who is the second teller?")
        about = about or typer.prompt("What is the meeting about?")
        invitation = starting.prepare(
            Config(
                directory=directory,
                slug=starting.slug_of(name),
                listen=f"127.0.0.1:{port}",
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
        print(_how_to_join(room))
    else:
        print("This machine is in no network: it serves its own screen only.")
    here = f"http://127.0.0.1:{port}"
    if invitation is not None:
        print(f"Now open:       {here}/in/{invitation.link.rpartition('/')[2]}")
        print(f"Keep your code: {invitation.code} (it signs you in at {here}/sign-in)")
    else:
        print(f"Go on at:       {here}/first")
    sys.stdout.flush()
    server.serve(settings)


def _room_if_any(port: int, *, host: str | None, wifi: str | None) -> Hall | None:
    if host is None and not lan.addresses():
        return None
    return lan.hall(port, host=host, wifi=wifi)


ANYBODY: Final = "0.0.0.0"


def _how_to_join(room: Hall) -> str:
    first, *others = room.origins
    lines = [lan.for_terminal(f"{first}/card"), f"In this room:   {first}/card"]
    lines += [f"           or:  {each}/card" for each in others]
    lines += [f"For the wall:   {first}/hall/join"]
    if room.wifi is not None:
        lines.append(f"Wi-Fi:          {room.wifi.name}")
    return "\n".join([*lines, "Ctrl-C stops it."])


@app.command()
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
        raise Misused(f"The assembly here is {settings.slug!r}, not {as_!r}.")
    if not text.strip():
        raise Misused("There is nothing to say in an empty post.")
    if len(text) > MOST_TEXT:
        raise Misused(f"A post has at most {MOST_TEXT:,} characters.")
    with node.at_desk(settings) as desk:
        print(speech.say(desk, html=str(paragraphs(text))))


MOST_TEXT: Final = 20_000


@app.command()
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


@app.command()
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
    moved = replace(
        settings, domain=checked, listen=config.listen_for(checked, dev=settings.dev)
    )
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


@member.command("add")
def member_add(
    directory: Directory,
    name: Annotated[str, typer.Argument(help="The name that fellow members read.")],
) -> None:
    """Let a person in and print their sign-in link and code."""
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        _show(welcome.invite(desk, name), settings)


@member.command("invite")
def member_invite(
    directory: Directory,
    name: Annotated[str, typer.Argument(help="The name of a member.")],
) -> None:
    """Print a fresh sign-in link and code for a member who is in already."""
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        _show(welcome.new_link(desk, welcome.member_called(desk, name)), settings)


def _show(invitation: welcome.Invitation, settings: Config) -> None:
    print(f"Member:    {invitation.member}")
    print(f"Sign in:   {invitation.link}")
    print(f"Or by code {invitation.code} at {settings.base}/sign-in")


@blocks.command("set")
def blocks_set(
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
        raise Misused(f"{severity!r} is not one of none, silence, limit and suspend.")
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


@blocks.command("allow")
def blocks_allow(
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


@blocks.command("import")
def blocks_import(
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
        raise Misused(f"{file} cannot be read: {error}.") from error
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
            print("Done.")
        else:
            print("Nothing was changed. With --yes it is.")


@blocks.command("export")
def blocks_export(directory: Directory) -> None:
    """Print the measures about servers as a list that others can import."""
    with node.at_desk(config.read(directory)) as desk:
        print(blocklist.write(measures.measures(desk.connection)), end="")


@compact.command("list")
def compact_list(directory: Directory) -> None:
    """Print the compacts known here: each version in force so far, the newest first.

    The digest of a first version is the one that `folkmoot verify` needs.
    """
    with node.at_desk(config.read(directory)) as desk:
        for line in chamber.lineages(desk):
            for number, version in reversed([*enumerate(line.versions, start=1)]):
                seats = f"{version.n} with a seat"
                if version.suspended:
                    seats += f", {len(version.suspended)} suspended"
                print(f"version {number}  {version.digest}  {seats}")


@pen.command("code")
def hall_code(directory: Directory) -> None:
    """Print a code with which a laptop takes the pen, once."""
    with node.at_desk(config.read(directory)) as desk:
        print(hall.new_code(desk, by=None))


@pen.command("take")
def hall_take(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Where the node is served.")
    ],
    directory: Directory,
    code: Annotated[
        str, typer.Option(prompt=True, help="The code that home shows to the clerk.")
    ],
) -> None:
    """Take the pen from a serving node to this laptop, in a directory of its own.

    If it is interrupted, the same command carries on.
    """
    borrowing.take(address, directory, code=code)
    print(f"The pen is here. Serve the room with: folkmoot serve --hall {directory}")


@pen.command("return")
def hall_return(
    directory: Directory,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do not delete the copy on this laptop.")
    ] = False,
) -> None:
    """Bring the pen home with all that was done here; stop serving the room first.

    If it is interrupted, the same command carries on. Once home has everything on its
    disk, the copy here is deleted.
    """
    borrowing.give_back(directory, keep=keep)
    print("The pen is home, and everything that was done here.")


@pen.command("show")
def hall_show(directory: Directory) -> None:
    """Print what a laptop that lost the pen alone holds, to be entered again."""
    for line in borrowing.show(directory):
        print(line)


@key.command("new")
def key_new(
    file: Annotated[Path, typer.Argument(help="Where the new secret key is written.")],
) -> None:
    """Make a key of your own, as a teller or a delegate; print its public half."""
    print(teller.new_key(file))


@key.command("rotate")
def key_rotate(directory: Directory) -> None:
    """Replace the keys with which the node signs its requests, and tell followers.

    For when somebody else may have read them. A serving node signs with the new ones
    from then on; keys of proofs, of the record and of people stay as they are.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        paths = posts.living_actors(desk.connection)
    # Making keys takes its time, and a serving node waits for whoever writes.
    fresh = {path: keys.new_rsa() for path in paths}
    with node.at_desk(settings) as desk:
        rotating.rotate(desk, fresh)
    print(f"{len(fresh)} actors sign with new keys.")


@key.command("record")
def key_record(directory: Directory) -> None:
    """Replace the key that signs the record by the next one, committed to before.

    Nothing before is unmade. Stop the node first, then serve it again.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        entry = record_keys.replace(replace(desk, pen=True))
    print(f"A new record key acts from entry {entry.seq + 1} on.")


@key.command("lost")
def key_lost(directory: Directory) -> None:
    """Make a new record key where it and the next one are lost; print its consent.

    A fellow member proposes with it that the new key takes over. Until that is decided
    the node signs nothing. Without the node's secret every other key is made anew too.
    """
    settings = config.read(directory)
    fresh = {}
    if not settings.secret.exists():
        keys.write_secret(settings.secret)
        with node.at_desk(settings) as desk:
            paths = posts.living_actors(desk.connection)
        fresh = {path: keys.new_rsa() for path in paths}
    with node.at_desk(settings) as desk:
        if fresh:
            record_keys.make_anew(desk, fresh)
        consent = record_keys.begin_again(desk)
    print(json.dumps(consent, ensure_ascii=False))


@key.command("sign")
def key_sign(
    file: Annotated[Path, typer.Argument(help="The file with your secret key.")],
    document: Annotated[
        Path, typer.Argument(help="The document to sign, as your node shows it.")
    ],
) -> None:
    """Sign a document that your node asks you to confirm; print the signed one."""
    print(teller.sign(file, document))


@app.command()
def export(
    directory: Directory,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    decision: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The fingerprint of a proposal: what a stranger needs to check it.",
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Write all that the assembly is and did, names included."
        ),
    ] = False,
) -> None:
    """Write a decision for strangers to check, or the whole assembly, in one file."""
    if whole == (decision is not None):
        raise Misused("Please say either --decision ID or --whole.")
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        if decision is not None:
            bundle.write(out, bundle.export(desk, decision))
            print(f"Written to {out}. Anyone can check it with: folkmoot verify {out}")
            return
        exporting.write(out, exporting.whole(desk.connection))
    print(f"Written to {out}, readable by you only: it holds names and who was where.")
    print(f"Check it with: folkmoot check-export {out}")


@app.command("check-export")
def check_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
) -> None:
    """Read an export of a whole assembly back, and check all that is in it."""
    held = exporting.check(exporting.read(file))
    for table, count in held.rows.items():
        print(f"{table}: {count}")
    print(
        f"{held.streams} streams were read by the rules of today. Nothing is missing."
    )


@app.command()
def verify(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="The bundle.")],
    compact: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST", help="The fingerprint of the compact that you know."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST", help="The fingerprint of the text, of a common mandate."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON.")
    ] = False,
) -> None:
    """Work out a decision again from a bundle, trusting nothing in it.

    Ends with 0 if it is verified under the compact that you gave; with 1 if it
    differs, and says where first; with 3 if something is missing, or if all is
    consistent in itself but was not checked against a compact that you gave. A file
    with a common mandate is checked as well, against the text that you gave.
    """
    data = bundle.read_source(source)
    if common_mandates.is_one(data):
        checked = common_mandates.check(data, text)
        print(
            json.dumps({"exit": checked.code, "says": checked.says})
            if as_json
            else "\n".join(checked.says)
        )
        raise typer.Exit(checked.code)
    report = bundle.verify(data, compact)
    print(json.dumps(report.as_json()) if as_json else report.as_text())
    raise typer.Exit(report.exit_code)


@app.command("doctor")
def examine(directory: Directory) -> None:
    """Say what is wrong with a node and what to do about it.

    Ends with 1 if something is seriously wrong.
    """
    findings = doctor.examine(directory)
    for finding in findings:
        print(finding)
    raise typer.Exit(int(any(finding.serious for finding in findings)))


@app.command("repair")
def repair(directory: Directory) -> None:
    """Put back what this disk altered, from copies that fellow members hold.

    Looks at every entry of every record first. Ends with 1 if something is still
    damaged. The node may be serving meanwhile.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        archive.sweep(desk, signatures=True)
        archive.note_damage(desk)
        wanted = mending.wanted(desk)
    copies = asyncio.run(mending.ask_around(settings, wanted)) if wanted else []
    with node.at_desk(settings) as desk:
        mended = mending.put_back(desk, copies)
        left = mending.wanted(desk)
    for each in wanted:
        still = any(one.damage.id == each.damage.id for one in left)
        state = "still damaged" if still else "mended"
        print(f"{each.damage.assembly[:15]}… entry {each.damage.seq}: {state}")
    print(f"{mended} entries were mended, {len(left)} are damaged still.")
    raise typer.Exit(int(bool(left)))


@app.command("demo", context_settings={"allow_extra_args": True})
def demonstrate(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Stop the nodes when the story has ended.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            metavar="D",
            help="An empty or absent directory for the nodes and the bundle; by "
            "default a fresh one in the place for temporary files.",
        ),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A story of your own, in TOML; by default the one that comes with "
            "the program. See docs/reference/story.md.",
        ),
    ] = None,
    ports: Annotated[
        list[str] | None,
        typer.Option(
            metavar="P,P,P,P[,P]",
            help="Ports for three nodes, for an account on another server, and for "
            "where the third node moves to. By default free ones.",
        ),
    ] = None,
) -> None:
    """Show three communities, on three nodes, settle one decision.

    Ends with 0 only if every step held. Without --once the nodes run on afterwards,
    and the last lines say where; Ctrl-C stops them.
    """
    chosen = _ports([*(ports or ()), *context.args])
    raise typer.Exit(
        demo.run(once=once, directory=directory, input=input, ports=chosen)
    )


def _ports(given: list[str]) -> tuple[int, ...]:
    """Read ports, with commas or spaces between them."""
    numbers = ",".join(given).replace(",", " ").split()
    for number in numbers:
        if not (number.isascii() and number.isdecimal() and len(number) <= 5):
            raise Misused(f"{number!r} is not a port number.")
    return tuple(map(int, numbers))


def main() -> None:
    """Run the command line; a user's mistake is a sentence, never a traceback."""
    sys.exit(_run(lambda: app(prog_name="folkmoot")))


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except (Misused, Refused, ProtocolError) as error:
        print(f"folkmoot: {error}", file=sys.stderr)
        return MISUSED
    return 0


if __name__ == "__main__":
    main()
