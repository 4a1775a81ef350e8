"""Scripts for Orthanc's Python plugin: their types, the mock they run in, and how like the real module it is."""
