"""The steps of setting up a school year, one module a step; the first and the last page are the composition root's (A9)."""
