"""Local files: names that are safe, writing that is atomic, archives that are checked, progress that is shown.

May import ``errors``.
"""
