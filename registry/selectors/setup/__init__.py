"""Setting up a school year: what would be done, what is there, what is missing. All of it follows from the data (A9)."""
