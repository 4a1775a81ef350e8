"""How fast it is: side by side with requests written by hand, and with the other clients.

``make bench`` runs it and writes ``benchmarks/RESULTS.md``. It is no test: what a run takes depends on the machine, so
that only ratios within one run say something.
"""
