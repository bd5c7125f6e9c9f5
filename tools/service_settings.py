"""The settings of a service, as its own code describes them."""

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_DESCRIBE = """
import json
from servicekit import describe_settings
from common.settings import Settings
print(json.dumps([(item.name, item.default, item.description, item.secret) for item in describe_settings(Settings)]))
"""


class Setting(NamedTuple):
    """One setting of a service: its environment name, its default as written, its meaning."""

    name: str
    default: str
    meaning: str
    secret: bool


@functools.cache
def settings_of(service: str) -> list[Setting]:
    """Return each setting of a service."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", _DESCRIBE], cwd=ROOT / service / "src", check=True, capture_output=True, text=True
    )
    return [Setting(*fields) for fields in json.loads(done.stdout)]
