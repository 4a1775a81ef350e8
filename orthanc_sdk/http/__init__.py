"""One request and what can go wrong with it: operations, transport, connections, retries, authentication, bodies.

Nothing here knows of patients or studies. What an operation is stands apart from the library that sends it
(``operation``, ``executor``, ``message``, ``readers``), so that another transport can run the same ones.

May import ``errors`` and the models.
"""
