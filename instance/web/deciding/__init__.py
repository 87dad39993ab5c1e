"""An assembly decides: motions, ballots on screens and on paper, counts, rules."""
