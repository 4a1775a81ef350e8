"""The built wheel, for the tests that install it."""

from tests.packaging.builds import distributions

__all__ = ["distributions"]
