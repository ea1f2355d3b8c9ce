"""Record results: on disk, in the gradebook, and in nbgrader's export of grades."""
