"""What lies in the files of a node, whatever its tables say."""

from pathlib import Path


def files_with(words: str, directory: Path) -> list[str]:
    """Name the files below a directory in which these words stand, as bytes."""
    return [
        str(file.relative_to(directory))
        for file in directory.rglob("*")
        if file.is_file() and words.encode() in file.read_bytes()
    ]
