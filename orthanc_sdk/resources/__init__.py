"""Patients, studies, series, instances and jobs as objects; searches, paging, reading ahead.

The four levels know each other: a patient has studies, a study has a patient. That is the only circle in this package.
Nothing here builds a request: all goes through the methods of the client.

May import ``client``, ``files`` and the rooms below them.
"""
