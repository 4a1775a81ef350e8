"""Runs an Orthanc for a test: configuration, ports, TLS, the process, packages for its Python plugin.

May import ``installation`` and the modules below it.
"""
