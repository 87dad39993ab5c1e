"""What troubles people, at the node: told, shared, drafted together, taken back."""
