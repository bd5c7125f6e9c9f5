"""Stores of the files' contents: a folder, or anything that speaks S3."""
