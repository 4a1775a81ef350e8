"""Identifiers, names and DICOM values that are attacks, and bytes that are anything."""
