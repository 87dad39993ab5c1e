"""The domain: assemblies, mandates and how they confederate. Pure: no I/O, no clock."""
