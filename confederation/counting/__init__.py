"""Counting rules: exact, replayable, and showing their work."""
