"""The program that coderunner runs: a caller's code between what makes ``df`` and what takes the result.

The sandbox's own package set has pandas and numpy, no Arrow; so a table travels as Arrow's buffers without Arrow: a
line of JSON, then for each column its values, offsets and mask as they lie in memory, deflated. ``guest.columns_file``
is the same in our workers.
"""

from __future__ import annotations

INPUT_FILE, OUTPUT_FILE = "table.columns", "result.columns"

_PRELUDE = """
def _read_table(name):
    import json, zlib
    import numpy as np
    import pandas as pd
    with open(name, "rb") as file:
        content = zlib.decompress(file.read())
    end = content.index(b"\\n")
    place, columns, kinds = end + 1, {}, {}
    head = json.loads(content[:end])
    for number, column in enumerate(head["columns"]):
        parts = []
        for kind, size in column["buffers"]:
            parts.append(np.frombuffer(content[place : place + size], dtype=kind))
            place += size
        missing, kind = parts[0].astype(bool), column["kind"]
        if kind in ("text", "json"):
            offsets, data = parts[1].tolist(), parts[2].tobytes()
            texts = [
                None if gone else data[start:stop].decode("utf-8", "surrogatepass")
                for start, stop, gone in zip(offsets, offsets[1:], missing)
            ]
            if kind == "json":
                texts = [None if text is None else json.loads(text) for text in texts]
            values = pd.Series(texts, dtype=object)
        elif kind == "integer":
            values = pd.Series(parts[1].copy())
            values = values.astype("Int64").mask(missing) if missing.any() else values
        elif kind == "boolean":
            values = pd.Series(parts[1].astype(bool))
            values = values.astype("boolean").mask(missing) if missing.any() else values
        elif kind == "number":
            values = pd.Series(parts[1].copy()).mask(missing)
        else:
            values = pd.Series(parts[1].astype("datetime64[us]")).mask(missing)
            values = values.dt.tz_localize("UTC") if kind == "instant" else values
        columns[number], kinds[column["name"]] = values, kind
    frame = pd.DataFrame(columns, index=pd.RangeIndex(head["rows"]))
    frame.columns = [column["name"] for column in head["columns"]]
    return frame, kinds

def _write_table(frame, kinds, name):
    import json, zlib
    import numpy as np
    import pandas as pd
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "value")
    if not isinstance(frame, pd.DataFrame):
        raise TypeError("the result is a " + type(frame).__name__ + ", not a DataFrame")
    if any(part is not None for part in frame.index.names):
        frame = frame.reset_index()
    columns, buffers = [], []
    for number in range(frame.shape[1]):
        values, label = frame.iloc[:, number], frame.columns[number]
        label = "_".join(str(part) for part in label if part != "") if isinstance(label, tuple) else str(label)
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        missing = values.isna().to_numpy(dtype="u1")
        if pd.api.types.is_bool_dtype(values.dtype):
            kind, parts = "boolean", [values.fillna(False).to_numpy(dtype="u1")]
        elif pd.api.types.is_integer_dtype(values.dtype) and not (values > 2**63 - 1).any():
            kind, parts = "integer", [values.fillna(0).to_numpy(dtype="i8")]
        elif pd.api.types.is_float_dtype(values.dtype):
            kind, parts = "number", [values.fillna(0.0).to_numpy(dtype="f8")]
        elif pd.api.types.is_datetime64_any_dtype(values.dtype):
            kind = "datetime" if getattr(values.dtype, "tz", None) is None else "instant"
            plain = values if kind == "datetime" else values.dt.tz_convert("UTC").dt.tz_localize(None)
            there = plain.dropna()
            if kind == "datetime" and kinds.get(label) == "date" and (there == there.dt.normalize()).all():
                kind = "date"
            parts = [plain.fillna(pd.Timestamp(0)).to_numpy(dtype="datetime64[us]").view("i8")]
        else:
            texts = []
            plain = all(gone or isinstance(value, str) for value, gone in zip(values, missing))
            kind = "text" if plain else "object"
            for value, gone in zip(values, missing):
                if not plain and not gone:
                    value = json.dumps(value.item() if isinstance(value, np.generic) else value, default=str)
                texts.append(b"" if gone else value.encode("utf-8", "surrogatepass"))
            offsets = np.zeros(len(texts) + 1, dtype="i8")
            np.cumsum([len(text) for text in texts], out=offsets[1:])
            parts = [offsets, np.frombuffer(b"".join(texts), dtype="u1")]
        parts = [missing, *parts]
        columns.append({"name": label, "kind": kind, "buffers": [[part.dtype.str, part.nbytes] for part in parts]})
        buffers.extend(part.tobytes() for part in parts)
    head = json.dumps({"rows": len(frame), "columns": columns}).encode()
    with open(name, "wb") as file:
        file.write(zlib.compress(b"\\n".join([head, b"".join(buffers)]), 1))

df, _kinds = _read_table("table.columns")
result = None
""".strip("\n")
_ENDING = """
_write_table(df if result is None else result, _kinds, "result.columns")
None
"""
PRELUDE_LINES = _PRELUDE.count("\n") + 1


def wrap(code: str) -> str:
    """Return the whole program of a caller's code."""
    return f"{_PRELUDE}\n{code.rstrip()}\n{_ENDING}"


def own_line(line: int | None, code: str) -> int | None:
    """Return the line in the caller's own code, None if the fault is not in it."""
    if line is None or not PRELUDE_LINES < line <= PRELUDE_LINES + len(code.rstrip().splitlines()):
        return None
    return line - PRELUDE_LINES
