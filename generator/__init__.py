"""Generates models, routes and stubs from the specification in `models`; not part of the wheel.

``facts`` takes the facts from running servers, ``specification`` merges them with the overlay, ``writers`` write the
files.
"""
