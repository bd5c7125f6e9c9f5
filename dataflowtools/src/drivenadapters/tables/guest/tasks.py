"""The tasks on tables."""

from __future__ import annotations

import json
import os
from typing import Any

import pyarrow as pa

from drivenadapters.tables.guest.analysis.charts import FONTS
from drivenadapters.tables.guest.analyzing import Analysis
from drivenadapters.tables.guest.engines.duck.connection import DATABASE
from drivenadapters.tables.guest.engines.frames.engine import FrameEngine
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.transforming import Transformation
from drivenadapters.tables.guest.validating import Validation
from drivenadapters.tables.guest.warming import warm_up
from drivenadapters.workers.guest.workspace import Result, Workspace


def transform(workspace: Workspace) -> Result:
    """Run the steps of a request; see :class:`Transformation`."""
    return Transformation(workspace, read_request(workspace)).run()


def analyze(workspace: Workspace) -> Result:
    """Run the operations of a request; see :class:`Analysis`."""
    return Analysis(workspace, read_request(workspace)).run()


def validate(workspace: Workspace) -> Result:
    """Check the table of a request; see :class:`Validation`."""
    return Validation(workspace, read_request(workspace)).run()


def read_request(workspace: Workspace) -> dict[str, Any]:
    """Return what the service asks for."""
    with workspace.source("request") as file:
        request: dict[str, Any] = json.load(file)
    return request


def prepare() -> None:
    """Make in the fork server what a confined worker cannot make."""
    DATABASE.prepare()
    _ = FONTS.has_cjk


def warm() -> None:
    """Touch what every task touches: the first use of a library is its slowest."""
    pa.set_cpu_count(max(os.cpu_count() or 1, 1))
    warm_up(FrameEngine(Limits()))
