"""Answers of real servers, recorded once; see replay.py."""
