"""Servers of versions to come, and servers that are set up in other ways than usual."""
