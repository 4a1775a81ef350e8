"""Every operation, on real servers of the three versions."""
