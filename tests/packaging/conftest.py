"""Fixtures of the built distributions."""

from tests.packaging.builds import distributions, installed, with_pytest

__all__ = ["distributions", "installed", "with_pytest"]
