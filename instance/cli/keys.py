"""Keys of tellers and delegates, and those of the node."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from instance import config, node
from instance.cli.arguments import Directory
from instance.membership import teller
from instance.store import posts
from instance.upkeep import keys, record_keys, rotating

app = typer.Typer(
    name="key", no_args_is_help=True, help="Keys of tellers and delegates."
)


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="Where the new secret key is written.")],
) -> None:
    """Make a key of your own, as a teller or a delegate; print its public half."""
    print(teller.new_key(file))


@app.command("rotate")
def rotate(directory: Directory) -> None:
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


@app.command("record")
def record(directory: Directory) -> None:
    """Replace the key that signs the record by the next one, committed to before.

    Nothing before is unmade. Stop the node first, then serve it again.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        entry = record_keys.replace(replace(desk, pen=True))
    print(f"A new record key acts from entry {entry.seq + 1} on.")


@app.command("lost")
def lost(directory: Directory) -> None:
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


@app.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(help="The file with your secret key.")],
    document: Annotated[
        Path, typer.Argument(help="The document to sign, as your node shows it.")
    ],
) -> None:
    """Sign a document that your node asks you to confirm; print the signed one."""
    print(teller.sign(file, document))
