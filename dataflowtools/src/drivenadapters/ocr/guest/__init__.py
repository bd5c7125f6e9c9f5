"""The half that runs inside the OCR worker. It is given pixels only, never a file."""
