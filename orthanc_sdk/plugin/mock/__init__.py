"""A mock of the module `orthanc`, for tests outside Orthanc.

Its names and signatures are the facts of plugin 7.1. What can be computed or kept in memory works; everything else is
answered by the test (see `orthanc_sdk.testing.PluginHost`), or raises `NotSetUp`.

``module`` builds it from ``functions``, which implement the functions of the module. May import ``client``.
"""
