"""Assemblies decide together: compacts, mandates, proposals, and who answers for it."""
