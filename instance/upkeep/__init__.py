"""The node as its keeper knows it: keys, copies, the pen, repairs, a new address."""
