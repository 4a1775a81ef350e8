"""The client inside Orthanc: the same operations, by calls of the module `orthanc` instead of HTTP.

May import ``large_stack`` and ``orthanc_sdk.client``.
"""
