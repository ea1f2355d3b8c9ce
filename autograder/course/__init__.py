"""A course directory: its folders, settings and gradebook."""
