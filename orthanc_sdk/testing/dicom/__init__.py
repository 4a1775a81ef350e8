"""DICOM files for tests: synthetic ones, and those that come with pydicom. Imports nothing else of this project."""
