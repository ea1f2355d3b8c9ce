"""What is shown to teachers and students."""
