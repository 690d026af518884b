"""Shapes of what comes in."""
