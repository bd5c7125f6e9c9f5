"""One module a type of file; each lists what it registers as ``HANDLERS``.

A new type is a new module here and nothing else: the registry finds it, and detection, extraction, the list
of formats and the matrix of the README come from what it declares.
"""
