"""Remote modalities: C-ECHO, C-FIND, C-MOVE, C-GET, C-STORE, storage commitment, verified retrieval.

May import ``resources`` and the rooms below it.
"""
