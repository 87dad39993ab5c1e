"""What comes of a meeting: minutes, points, who does what, and how it was."""
