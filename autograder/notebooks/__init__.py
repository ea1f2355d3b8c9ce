"""Notebooks as files: marks of cells, answers put in, outputs made harmless."""
