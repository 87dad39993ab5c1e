"""Every way out of the process is known, and each passes the guard of the client.

The program is read and not run: what is written nowhere cannot happen. See
federation.md S15, S32, S49 and S64.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PROGRAM: Final = [
    path
    for package in ("activitypub", "confederation", "instance")
    for path in sorted((ROOT / package).rglob("*.py"))
    # The demonstration plays people and nodes on one machine, and is part of neither.
    if "demo" not in path.parts
]
TEMPLATES: Final = sorted((ROOT / "instance/templates").rglob("*.html"))

# Modules with which a process can reach another machine, or start a program that does.
WAYS_OUT: Final = frozenset(
    {
        *("aiodns", "aiohttp", "anyio", "asyncore", "ftplib", "http.client"),
        *("httpx", "imaplib", "nntplib", "os.popen", "os.system", "poplib"),
        *("pycares", "requests", "smtplib", "socket", "ssl", "starlette.testclient"),
        *("subprocess", "telnetlib", "urllib.request", "urllib3", "webbrowser"),
        *("websockets", "xmlrpc"),
    }
)
# Calls that do the same without such a module.
CALLS: Final = frozenset(
    {
        *("create_connection", "create_datagram_endpoint", "create_subprocess_exec"),
        *("create_subprocess_shell", "open_connection", "open_unix_connection"),
        *("getaddrinfo", "gethostbyname", "sock_connect", "urlopen"),
    }
)
MAY: Final = {
    "activitypub/client.py": "holds the guard, and is what this test is about",
    "activitypub/lines.py": "dials for the client, and asks the guard before it does",
    "instance/app.py": "opens the door that others come in by",
    "instance/upkeep/borrowing.py": "brings the pen to the hall and back, by a command",
    "instance/apart.py": "starts what draws or lists panels, which reaches nobody",
    "instance/upkeep/lan.py": "asks this machine where it is, and sends nothing",
    "instance/mail.py": "brings letters to the mail server that the settings name",
}

# The whole of what an assembly keeps goes out and comes in by table. The tables are
# those that the module lists, and a column is taken only if SQLite names it.
BY_TABLE: Final = {
    "instance/upkeep/exporting.py": {
        "f'select count(*) from {table}'",
        "f'select * from {table}'",
        "f'pragma table_info({table})'",
        "f'insert into {table} ({columns}) values ({places})'",
    }
}
# A sheet joins what the templates have written, and they escape; a code is drawn here.
WRITTEN_HERE: Final = {
    "instance/web/paper.py": {
        "words",
        "picture.replace('<svg ', '<svg aria-hidden=\"true\" ', 1)",
    },
    # Names that were escaped, and between them what Babel writes; a sentence of a
    # template, into which `%` puts everything escaped.
    "instance/web/rendering.py": {"languages.series(apart)", "says"},
    # A sentence of ours, into which `format_map` puts everything escaped.
    "instance/languages/__init__.py": {"_sentence(Filled(says, **filled))"},
}

UNSAFE_LOADERS: Final = frozenset(
    {"dill", "jsonpickle", "marshal", "pickle", "shelve", "yaml"}
)
PRIVATE: Final = frozenset(
    {
        *("attendance", "badge", "barrier", "box", "came_anew", "care_note"),
        *("demographic", "demographic_given", "ended_visit", "login"),
        *("news_feed", "news_letter", "news_mail"),
        *("outreach_picture", "paper", "passkey", "password", "person", "photo"),
        *("pulse", "pulse_given", "review_answer", "role_offer", "role_step", "roll"),
        *("room_note", "sealed_key", "slip", "stub_member", "tear_off", "used_stub"),
        *("wording",),
    }
)
BRINGING_OUT: Final = (
    *("activitypub", "instance/carriers", "instance/fediverse/federation.py"),
    *("instance/reception", "instance/fediverse/errands.py"),
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def called(module: ast.Module) -> tuple[tuple[str, ast.Call], ...]:
    """List the calls by the last part of the name that is called."""
    return tuple(called_in(module))


def called_in(part: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(part):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node
                case other:
                    yield ast.unparse(other).rpartition(".")[2], node


def ways_out(module: ast.Module) -> set[str]:
    """Find what in a module can reach another machine."""
    found = {
        name
        for name in imported(module)
        if any(f"{name}.".startswith(f"{way}.") for way in WAYS_OUT)
    }
    return found | {name for name, _ in called(module) if name in CALLS}


def errands(module: ast.Module) -> Iterator[str]:
    """Find the calls with which something is asked of another server."""
    for name, call in called(module):
        match call.func:
            case ast.Attribute(value=asked) if name != "close":
                if ast.unparse(asked).endswith("client"):
                    yield ast.unparse(call.func)


def test_nothing_reaches_out_but_the_client() -> None:
    assert {named(path) for path in PROGRAM if ways_out(tree(path))} <= {*MAY}


def test_who_may_reach_out_is_there_and_does() -> None:
    assert all(ways_out(tree(ROOT / path)) for path in MAY)


def test_one_place_dials_and_the_guard_is_asked_there() -> None:
    dialling = [
        (named(path), function)
        for path in PROGRAM
        for function in ast.walk(tree(path))
        if isinstance(function, ast.AsyncFunctionDef)
        and any(name == "create_connection" for name, _ in called_in(function))
    ]
    lines = [
        call for path in PROGRAM for name, call in called(tree(path)) if name == "Lines"
    ]

    [(where, dial)] = dialling
    assert where == "activitypub/lines.py"
    assert ast.unparse(dial.body[0]) == "self._guard.require(ip_address(address))"
    [connect] = [c for name, c in called_in(dial) if name == "create_connection"]
    assert ast.unparse(connect.args[1]) == "address"
    # Names are looked up by one who asks the guard about each address.
    [made] = lines
    given = {word.arg: ast.unparse(word.value) for word in made.keywords}
    assert ast.unparse(made.args[0]) == "guard"
    assert given["names"] == "self._names"
    text = (ROOT / "activitypub/client.py").read_text(encoding="utf-8")
    assert "self._names = _GuardedResolver(" in text


def test_each_request_is_for_an_address_that_the_guard_has_read() -> None:
    client = tree(ROOT / "activitypub/client.py")
    reads = [call for name, call in called(client) if name == "read"]
    read = {ast.unparse(call.args[0]) for call in reads if call.args}

    # Only `_ask` makes requests, and a line follows nothing by itself. Each address
    # that it is given comes from a caller or from a redirect, and both are read by the
    # guard.
    [request] = [
        ast.unparse(call)
        for name, call in called(client)
        if name == "ask" and "_lines" in ast.unparse(call.func)
    ]
    assert request.startswith("self._lines.ask(at,")
    for method in entrances(client):
        text = ast.unparse(method)
        assert "self._guard.read(url)" in text or "self.fetch(url" in text, method.name
    [joined] = [ast.unparse(call) for name, call in called(client) if name == "_joined"]
    assert joined in read


def entrances(client: ast.Module) -> Iterator[ast.AsyncFunctionDef]:
    """List the methods of the client that take an address from outside."""
    for node in ast.walk(client):
        if (
            isinstance(node, ast.AsyncFunctionDef)
            and not node.name.startswith("_")
            and any(argument.arg == "url" for argument in node.args.args)
        ):
            yield node


def test_all_that_is_asked_of_others_is_asked_through_an_entrance() -> None:
    client = tree(ROOT / "activitypub/client.py")
    known = {method.name for method in entrances(client)}
    asked = {errand for path in PROGRAM for errand in errands(tree(path))}

    assert {"fetch", "fetch_document", "fetch_json", "post"} <= known
    assert asked
    assert {name.rpartition(".")[2] for name in asked} <= known


def test_a_way_out_is_noticed_however_it_is_written() -> None:
    for source in (
        "import socket",
        "from urllib.request import urlopen",
        "from urllib import request",
        "import aiohttp.client as c",
        "async def f(): await asyncio.open_connection('x', 1)",
        "loop.create_connection(p, 'x', 1)",
        "import subprocess",
    ):
        assert ways_out(ast.parse(source)), source


def test_nothing_that_comes_in_is_ever_run() -> None:
    for path in PROGRAM:
        loaders = {name.split(".")[0] for name in imported(tree(path))} & UNSAFE_LOADERS
        run = {
            call.func.id
            for _, call in called(tree(path))
            if isinstance(call.func, ast.Name)
            and call.func.id in {"eval", "exec", "compile", "__import__"}
        }
        assert loaders == set(), named(path)
        assert run == set(), named(path)


def test_no_value_is_written_into_a_statement_of_sql() -> None:
    """A statement is put together from constants of its own module alone."""
    for path in PROGRAM:
        for statement in statements(tree(path)):
            if ast.unparse(statement) in BY_TABLE.get(named(path), ()):
                continue
            for piece in ast.walk(statement):
                if isinstance(piece, ast.FormattedValue):
                    where = named(path), ast.unparse(statement)
                    assert isinstance(piece.value, ast.Name), where
                    assert piece.value.id in constants(tree(path)), where


def statements(module: ast.Module) -> Iterator[ast.expr]:
    """List what is given to SQLite to be carried out."""
    for name, call in called(module):
        if name in {"execute", "executemany"} and call.args:
            yield call.args[0]


def constants(module: ast.Module) -> set[str]:
    return {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (
            [node.target] if isinstance(node, ast.AnnAssign) else node.targets
        )
        if isinstance(target, ast.Name)
    }


def test_only_the_migrations_run_as_a_script() -> None:
    scripts = {
        named(path)
        for path in PROGRAM
        for name, _ in called(tree(path))
        if name == "executescript"
    }

    assert scripts == {"instance/store/database.py"}


def test_every_template_escapes_what_it_is_given() -> None:
    source = (ROOT / "instance/web/rendering.py").read_text(encoding="utf-8")
    made = [call for name, call in called(ast.parse(source)) if name == "Environment"]

    [environment] = made
    [escapes] = [word for word in environment.keywords if word.arg == "autoescape"]
    assert ast.unparse(escapes.value) == "True"
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape", text), template.name


def test_only_what_was_escaped_is_called_markup() -> None:
    """``Markup`` takes a text of our own; what others wrote goes through ``format``."""
    made = {
        (named(path), ast.unparse(call.args[0]))
        for path in PROGRAM
        for name, call in called(tree(path))
        if name == "Markup"
        and call.args
        and not isinstance(call.args[0], ast.Constant)
        and named(path) != "instance/fediverse/markup.py"
    }

    assert made == {(path, text) for path, all in WRITTEN_HERE.items() for text in all}


def test_what_is_private_has_no_writer_for_the_wire() -> None:
    """No module that writes for others reads a table of who people are or voted.

    Nor one of who came, what was heard at the doors, or what was said in a round.
    """
    migrations = (ROOT / "instance/store/migrations").glob("*.sql")
    there = re.findall(
        r"create table (\w+)", "".join(path.read_text("utf-8") for path in migrations)
    )
    assert set(there) >= PRIVATE
    for path in PROGRAM:
        if named(path).startswith(BRINGING_OUT):
            for text in (
                node.value
                for node in ast.walk(tree(path))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ):
                tables = set(re.findall(r"\b(?:from|join|into|update)\s+(\w+)", text))
                assert not tables & PRIVATE, (named(path), text)
