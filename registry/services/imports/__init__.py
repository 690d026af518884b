"""Initial data: a file is taken in, mended, and loaded whole or not at all (A9)."""
