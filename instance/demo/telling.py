"""What happens is told in plain words as it happens, and nothing is told that did not.

On a terminal there is a bar that shows how far the story has come; anywhere else, plain
lines.
"""

import contextlib
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

STEPS: Final = 6


class Telling:
    """Tells the story to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @contextlib.contextmanager
    def on_the_way(self) -> Iterator[None]:
        """Show how far the story has come, where somebody can see it."""
        if not self._console.is_terminal:
            yield
            return
        with Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        ) as progress:
            self._progress = progress
            self._task = progress.add_task("Setting out", total=STEPS)
            try:
                yield
            finally:
                self._progress = self._task = None

    def step(self, number: int, title: str) -> None:
        """Begin a step of the story."""
        if self._progress is not None and self._task is not None:
            self._progress.update(
                self._task,
                completed=number - 1,
                description=f"Step {number} of {STEPS}",
            )
        self.heading(f"{number}. {title}")

    def say(self, *sentences: str) -> None:
        """Tell what happened."""
        self._tell(Text(" ".join(sentences)))

    def seen(self, *sentences: str) -> None:
        """Tell what was looked for and seen: one more thing that held."""
        self._tell(Text.assemble(("✓ ", "green"), " ".join(sentences)))

    def line(self, words: str = "") -> None:
        """Write what must stay in one line, such as an address or a command."""
        self._console.print(
            Text(f"  {words}" if words else ""), soft_wrap=True, highlight=False
        )

    def heading(self, title: str) -> None:
        self.line()
        self._console.print(Text(title, style="bold"), soft_wrap=True)

    def failed(self, expected: str, found: str) -> None:
        """Tell that a step did not hold."""
        self.line()
        self._console.print(Text("A step did not hold.", style="bold red"))
        self._tell(Text(f"Expected: {expected}"))
        self._tell(Text(f"Found:    {found}"))

    def _tell(self, words: Text) -> None:
        if self._console.is_terminal:
            self._console.print(Padding(words, (0, 0, 0, 2)), highlight=False)
        else:
            # A reader of plain lines wraps them, or not, as they like.
            lines = Text("  ") + words
            self._console.print(lines, soft_wrap=True, highlight=False)
