"""Code that runs inside the sandbox, where it is the package `course_inside`."""
