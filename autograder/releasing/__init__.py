"""What an author runs: put a notebook in order, release it, pack what students need."""
