"""Modalities: everything between two real servers."""
