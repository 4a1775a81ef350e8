"""Takes the facts about Orthanc's interface from running servers, into ``models/openapi``: ``make spec``.

The client is generated from these facts, so nothing here uses it: requests go through ``http_client``. May import
``specification`` and ``orthanc_sdk.testing``.
"""
