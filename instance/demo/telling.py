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
        self.blank()
        self._print(Text(f"{number}. {title}", style="bold"))

    def say(self, *sentences: str) -> None:
        """Tell what happened."""
        self._line("  ", " ".join(sentences))

    def seen(self, *sentences: str) -> None:
        """Tell what was looked for and seen: one more thing that held."""
        self._line("  ✓ ", " ".join(sentences), style="green")

    def heading(self, title: str) -> None:
        self.blank()
        self._print(Text(title, style="bold"))

    def blank(self) -> None:
        self._print(Text())

    def failed(self, expected: str, found: str) -> None:
        """Tell that a step did not hold."""
        self.blank()
        self._print(Text("A step did not hold.", style="bold red"))
        self._line("  ", f"Expected: {expected}")
        self._line("  ", f"Found:    {found}")

    def _line(self, lead: str, words: str, *, style: str = "") -> None:
        if not self._console.is_terminal:
            self._print(Text(f"{lead}{words}"))
            return
        text = Text(words)
        if style:
            self._console.print(Text(lead, style=style), end="")
            self._console.print(
                Padding(text, (0, 0, 0, 0)), width=self._console.width - len(lead)
            )
            return
        self._console.print(Padding(text, (0, 0, 0, len(lead))))

    def _print(self, text: Text) -> None:
        # A reader of plain lines wraps them, or not, as they like.
        plain = not self._console.is_terminal
        self._console.print(text, soft_wrap=plain, highlight=False)
