"""``python -m instance.cli``, as the console script does it."""

from instance.cli import main

main()
