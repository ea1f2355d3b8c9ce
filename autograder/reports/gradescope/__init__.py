"""An assignment as an autograder of Gradescope's: build makes the zip, container runs inside it."""
