"""Runs plugin scripts without Orthanc, and calls their callbacks as Orthanc would.

May import ``orthanc_sdk.plugin``.
"""
