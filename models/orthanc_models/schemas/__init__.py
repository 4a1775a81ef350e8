"""The schemas of Orthanc's requests and responses as pydantic models.

Most modules are generated: one for each file in ``models/openapi/overlay/schemas``, and ``error_codes``. Types that
JSON Schema cannot express are written by hand: ``field_types``, ``tag_formats``, ``error_payload`` and
``discriminated_unions``.

May import ``base`` and ``dicom``.
"""
