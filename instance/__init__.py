"""The running node: store, pages, federation, jobs and command line."""
