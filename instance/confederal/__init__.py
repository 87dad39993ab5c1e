"""What an assembly does together with others, as its node carries it out."""
