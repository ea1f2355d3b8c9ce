"""For authors: start an assignment, tidy its notebook, release it, pack what students need."""
