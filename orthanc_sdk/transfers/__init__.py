"""Upload and download of many files: where they come from, how many at once, what became of each.

May import ``resources`` and the rooms below it.
"""
