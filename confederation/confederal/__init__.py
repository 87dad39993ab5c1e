"""Assemblies decide together, with nobody in charge: the confederal protocol."""
