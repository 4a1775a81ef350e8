"""A mock of the module `orthanc`, for tests outside Orthanc.

Which names there are and how they take their arguments comes from the facts of plugin 7.1; what can be computed or kept
in memory, is. The rest is answered by what a test sets up (`orthanc_sdk.testing.PluginHost`), or is a `NotSetUp`.
"""
