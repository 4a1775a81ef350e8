"""Character sets of DICOM: what they can hold, what Orthanc makes of them, and how to write text so that none is lost.

Orthanc writes text in the character set of the file (``SpecificCharacterSet``) and leaves out, without a word, what
that set lacks. It never writes a file anew in another set.
"""
