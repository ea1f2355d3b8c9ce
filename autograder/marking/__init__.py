"""Mark the answers of a class by hand: one question at a time, in the browser."""
