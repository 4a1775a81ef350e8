"""Writes what is generated from the specification: models, routes, stubs, the merged OpenAPI document.

Each writer returns names and sources; ``generator.__main__`` puts them into files. May import ``specification``, but
nothing of ``orthanc_sdk``.
"""
