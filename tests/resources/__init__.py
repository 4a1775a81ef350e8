"""Patients, studies, series, instances, jobs and searches, on real servers."""
