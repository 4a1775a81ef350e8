"""DICOM tags and their values: parsing and formatting, the dictionary, tags as typed mappings.

Nothing here is a model of a request or a response. May import ``orthanc_error`` and ``redaction``.
"""
