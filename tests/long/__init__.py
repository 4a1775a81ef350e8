"""Runs of minutes: `make test-long`."""
