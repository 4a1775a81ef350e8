"""Reads what Orthanc's interface is: the facts and the overlay in ``models/openapi``, merged and checked.

Knows nothing of what is written from it. May import nothing of this project.
"""
