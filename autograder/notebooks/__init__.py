"""Notebook files: read nbgrader's cell metadata, fill in answers, sanitise outputs."""
