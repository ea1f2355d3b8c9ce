"""The demo: release an assignment, hand in a sample class, grade it."""
