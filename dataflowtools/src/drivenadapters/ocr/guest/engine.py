"""The models: where text is, what it says, and which way up the page is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Pixels = Any
Quads = Any  # n x 4 x 2: corners from the top left clockwise, in pixels

_ORIENTATION_MODEL = Path(__file__).resolve().parents[1] / "models" / "pp-lcnet-doc-orientation.onnx"
_SHORT_SIDE = 256
_WINDOW = 224
# Mean and spread of the images that the orientation model was trained on.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class Reading:
    """What one line says.

    Attributes:
        text: with single spaces.
        confidence: of the text, 0 to 1.
        characters: each character that is no space with where its middle is along the line, 0 to 1, and its confidence.
    """

    text: str
    confidence: float
    characters: tuple[tuple[str, float, float], ...]


class Engine:
    """The models, loaded. What they are told per call is fixed here: their calls would change it for all that follow.

    Args:
        threads: that one call may use.
    """

    def __init__(self, threads: int) -> None:
        import onnxruntime
        import rapidocr

        models = Path(rapidocr.__file__).parent / "models"
        shared = {
            "Global.use_cls": False,  # it turns one line in thirty upside down
            "Global.use_preprocess_img": False,  # shrinks without saying so; done here, where it is known
            "Global.use_vertical_padding": False,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.use_dilation": False,  # runs lines together that are close
            "Det.unclip_ratio": 1.7,  # gives back the room that the dilation would have given
            "Det.box_thresh": 0.35,  # lines found wrongly read as nothing, and are left out by their confidence
            "Det.model_path": str(_only(models, "*_det_*.onnx")),
            "Rec.model_path": str(_only(models, "*_rec_*.onnx")),
        }
        self._detector = rapidocr.RapidOCR(params={**shared, "Global.use_rec": False})
        self._recogniser = rapidocr.RapidOCR(
            params={
                **shared,
                "Global.use_det": False,
                "Global.return_word_box": True,
                "Global.text_score": 0.0,
                "Rec.rec_batch_num": 1,
            }
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._orientation = onnxruntime.InferenceSession(
            str(_ORIENTATION_MODEL), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def detect(self, pixels: Pixels) -> Quads:
        """Return where lines of text are; in no particular order."""
        boxes = self._detector(pixels).boxes
        return np.zeros((0, 4, 2), np.float32) if boxes is None else np.asarray(boxes, np.float32)

    def recognise(self, line: Pixels) -> Reading:
        """Read one line, whose text runs from left to right."""
        output = self._recogniser(line)
        if not output.txts or not output.txts[0].strip():
            return Reading("", 0.0, ())
        return _reading(output.txts[0], float(output.scores[0]), output.word_results[0])

    def orientation(self, pixels: Pixels) -> tuple[int, float]:
        """Return by how many degrees clockwise the page is turned, and how sure that is, 0 to 1."""
        windows = np.stack([_normalised(window) for window in _windows(pixels)])
        scores = self._orientation.run(None, {self._orientation.get_inputs()[0].name: windows})[0].mean(axis=0)
        best = int(scores.argmax())
        return best * 90, float(scores[best])


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"{len(found)} models {pattern} in the package rapidocr, not one")
    return found[0]


def _reading(text: str, confidence: float, places: Any) -> Reading:
    """Bring together what the recogniser says of its words: characters, columns of the network, confidences."""
    letters = [letter for word in places.words for letter in word]
    columns = [column for word in places.word_cols for column in word]
    visible = [place for place, letter in enumerate(text) if not letter.isspace()]
    sure = [places.confs[place] if place < len(places.confs) else confidence for place in visible]
    width = max(1.0, float(places.line_txt_len))
    characters = tuple(
        (letter, min(1.0, (column + 0.5) / width), float(score))
        for letter, column, score in zip(letters, columns, sure, strict=False)
    )
    return Reading(" ".join(text.split()), confidence, characters)


def _windows(pixels: Pixels) -> list[Pixels]:
    """Cut what the orientation model looks at: squares along the page's longer side, since text may be at one end."""
    height, width = pixels.shape[:2]
    scale = _SHORT_SIDE / min(height, width)
    smaller = cv2.resize(
        pixels,
        (max(_SHORT_SIDE, round(width * scale)), max(_SHORT_SIDE, round(height * scale))),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    height, width = smaller.shape[:2]
    middle = [((height - _WINDOW) // 2, (width - _WINDOW) // 2)]
    if max(height, width) > 1.25 * _SHORT_SIDE:
        along = [0.2, 0.8]
        middle += [(round((height - _WINDOW) * part), round((width - _WINDOW) * part)) for part in along]
    windows = [smaller[top : top + _WINDOW, left : left + _WINDOW] for top, left in middle]
    busy = [float(window.std()) for window in windows]
    return [window for window, much in zip(windows, busy, strict=True) if much >= max(busy) / 2]


def _normalised(window: Pixels) -> Any:
    return ((window.astype(np.float32) / 255 - _MEAN) / _SPREAD).transpose(2, 0, 1)
