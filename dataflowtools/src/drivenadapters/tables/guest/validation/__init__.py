"""Checks tables, column by column where it can be, row by row where it must be."""
