"""Passwords, tokens and DICOM values show nowhere but where they are asked for."""
