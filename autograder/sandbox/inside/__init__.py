"""What runs inside the sandbox, mounted there alone as the package `course_inside`."""
