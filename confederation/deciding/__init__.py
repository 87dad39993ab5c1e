"""An assembly decides by itself: motions, ballots, their results, its rules."""
