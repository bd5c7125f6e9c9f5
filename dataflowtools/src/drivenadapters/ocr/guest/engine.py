"""The models: where text is, what it says, and which way up the page is."""

from __future__ import annotations

import logging
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


_DETECTOR = {
    "limit_side_len": 736,
    "limit_type": "min",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "thresh": 0.3,
    "box_thresh": 0.35,  # lines found wrongly read as nothing, and are left out by their confidence
    "max_candidates": 2000,
    "unclip_ratio": 1.7,  # gives back the room that the dilation would have given
    "use_dilation": False,  # runs lines together that are close
    "score_mode": "fast",
}
_RECOGNISER = {
    "lang_type": "ch",
    "rec_batch_num": 1,  # several at once are slower: each is as wide as the widest
    "rec_img_shape": [3, 48, 320],
    "rec_keys_path": None,
    "font_path": None,
}


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
        import rapidocr

        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)  # it tells of everything it does
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer

        models = Path(rapidocr.__file__).parent / "models"
        self._detector = TextDetector(_settings(_session(_only(models, "*_det_*.onnx"), threads), _DETECTOR))
        self._recogniser = TextRecognizer(_settings(_session(_only(models, "*_rec_*.onnx"), threads), _RECOGNISER))
        self._orientation = _session(_ORIENTATION_MODEL, threads)

    def detect(self, pixels: Pixels) -> Quads:
        """Return where lines of text are; in no particular order."""
        boxes = self._detector(pixels).boxes
        return np.zeros((0, 4, 2), np.float32) if boxes is None else np.asarray(boxes, np.float32)

    def recognise(self, line: Pixels) -> Reading:
        """Read one line, whose text runs from left to right."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        output = self._recogniser(TextRecInput(img=line, return_word_box=True))
        if not output.txts or not output.txts[0].strip():
            return Reading("", 0.0, ())
        return _reading(output.txts[0], float(output.scores[0]), output.word_results[0])

    def orientation(self, pixels: Pixels) -> tuple[int, float]:
        """Return by how many degrees clockwise the page is turned, and how sure that is, 0 to 1."""
        windows = np.stack([_normalised(window) for window in _windows(pixels)])
        scores = self._orientation.run(None, {self._orientation.get_inputs()[0].name: windows})[0].mean(axis=0)
        best = int(scores.argmax())
        return best * 90, float(scores[best])


def _session(model: Path, threads: int) -> Any:
    """Load a model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest page
    options.log_severity_level = 4
    # Threads that wait by spinning take the cores from everything else, and on a busy machine from each other.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])


def _settings(session: Any, values: dict[str, Any]) -> Any:
    """Return what the library's parts are made from."""
    from omegaconf import OmegaConf
    from rapidocr.utils.typings import EngineType

    shared = {"engine_type": EngineType.ONNXRUNTIME, "session": session}
    return OmegaConf.create({**shared, **values}, flags={"allow_objects": True})


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
