"""A small language of expressions over the columns of a table: parsed, typed, never evaluated as Python.

Null is three-valued as in SQL: an operation on null is null, ``and`` and ``or`` decide where one side is enough, and a
filter keeps the rows where its condition is true. What has no result (division by zero, the root of a negative number)
is null as well. An integer beyond 64 bits is an error.
"""
