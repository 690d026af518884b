"""Shapes of what comes in: files with their options, cells mended in a preview, records of pupils."""
