"""Finds an Orthanc that can be run, or installs one: from Debian's packages, or as a Docker image.

May import ``errors`` and ``commands``.
"""
