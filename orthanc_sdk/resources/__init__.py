"""Patients, studies, series and instances as objects, on top of the routes."""
