"""Reports for teachers and students: pages, tables on the terminal, exported grades."""
