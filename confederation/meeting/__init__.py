"""A meeting: its run-sheet, its door, its tables, what is said, what comes of it."""
