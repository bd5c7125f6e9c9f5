"""/api/file: uploads, downloads, lists, deletion."""
