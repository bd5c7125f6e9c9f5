"""Which kind of worker a program gets."""

from __future__ import annotations

import pytest

from drivenadapters.sandbox.flavours import Flavour, choose


@pytest.mark.parametrize(
    ("code", "flavour"),
    [
        ("print(1)", Flavour.LIGHT),
        ("import json, re, asyncio", Flavour.LIGHT),
        ("import numpy as np", Flavour.DATA),
        ("from pandas import DataFrame", Flavour.DATA),
        ("import json, pandas", Flavour.DATA),
        ("import pandas as pd\ndf.to_excel('x.xlsx')", Flavour.FULL),
        ("import matplotlib.pyplot as plt", Flavour.FULL),
        ("from scipy import stats", Flavour.FULL),
        ("from sklearn.linear_model import LinearRegression", Flavour.FULL),
        ("from PIL import Image", Flavour.FULL),
        ("import requests", Flavour.FULL),
        ("import yaml", Flavour.FULL),
        ("my_pandas_like = 1", Flavour.LIGHT),
        ("numpyro = 1", Flavour.LIGHT),
        ("", Flavour.LIGHT),
    ],
)
def test_the_libraries_that_the_code_names_decide(code: str, flavour: Flavour) -> None:
    assert choose(code) is flavour


@pytest.mark.parametrize("code", ["x" * 1_000_000, "numpy" * 200_000, "\ud800" * 1000, "_" * 1_000_000])
def test_odd_text_is_light_and_no_trouble(code: str) -> None:
    assert choose(code) is Flavour.LIGHT
