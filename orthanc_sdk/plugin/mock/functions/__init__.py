"""The functions and methods of the module, registered with `implements`.

May import the other modules of ``mock``, except ``module``, which imports these.
"""
