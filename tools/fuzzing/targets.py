"""The fuzzing targets: each reads one input and may raise only the errors for bad input.

`python tools/fuzzing` calls this file with a target and libFuzzer's own options.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(
    include=["nst_framework", "PIL", "argparse", "numpy.lib", "tomllib", "zipfile"]
):
    from nst_framework.images import reading
    from nst_framework.jobs import trust
    from nst_framework.run import state
    from nst_framework.settings import layers

import numpy as np
from image_corpus import damage, forms
from image_corpus.__main__ import claimed_pixels

from nst_framework.presets import preset_names, preset_text

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
MOST_PIXELS = 1_000_000
"""Larger images are skipped, because they are slow to read."""

SEPARATOR = b"|||"
SEAL = b"nst_framework checkpoint, format 3, SHA-256 "
MEMBERS = ("header.npy", "image.npy", "best_image.npy", "optimizer/memory.npy")


def images(data: bytes) -> None:
    """Reads an image and its alpha, after correcting the checksums of a PNG."""
    path = FOLDER / "image"
    path.write_bytes(damage.with_right_checks(data) if data.startswith(b"\x89PNG") else data)
    if claimed_pixels(path) > MOST_PIXELS:
        return
    try:
        image = reading.read_image(path)
        reading.read_alpha(path, image.shape[:2])
    except (ValueError, MemoryError) as error:
        if not str(error).startswith("Expected image to "):
            raise AssertionError("The error does not describe the expected input.") from error
    else:
        assert image.dtype == np.uint8
        assert image.shape[2:] == (3,)


def configurations(data: bytes) -> None:
    """Reads settings, checks their permissions, and prints them as `--dump-config` does."""
    try:
        text = data.decode("utf-8")
        settings = layers.read_settings(text, "the file", Path("folder"))
    except ValueError:
        return
    for allow_code in (False, True):
        with contextlib.suppress(ValueError):
            trust.check_trust(settings, {"config": "the file", "allow_code": allow_code})
    text = layers.format_settings(settings)
    assert layers.read_settings(text, "the file", Path()) == settings


def checkpoints(data: bytes) -> None:
    """Loads the input, or an archive of its parts, as a checkpoint with a correct checksum."""
    path = FOLDER / "run.npz"
    if not data.startswith(b"PK"):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for name, member in zip(MEMBERS, data.split(SEPARATOR), strict=False):
                file.writestr(name, member)
            file.comment = SEAL + 64 * b"0"
        data = archive.getvalue()
    path.write_bytes(data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode())
    with contextlib.suppress(ValueError):
        state.RunState.load(path)


def seeds(target: str) -> list[bytes]:
    """The files from which the search starts."""
    if target == "images":
        strange = [*damage.strange(), *damage.bombs()]
        found = [*forms.every_picture(), *(each for each in strange if len(each.data) < 20_000)]
        return [picture.data for picture in found]
    if target == "configurations":
        texts = [preset_text(name) for name in preset_names()]
        texts.append(
            'content = "a.png"\nstyle = ["b.png"]\nloss = ["my.py:L,layers=a+b,weight=2"]\n'
        )
        texts.append('[inputs]\n"a.png" = "0"\n[made_with]\nkeras = "3"\n')
        texts.append(layers.format_settings({"style_masks": ["none", "m.png"], "size": 9}))
        return [text.encode() for text in texts]
    path = FOLDER / "seed.npz"
    image = np.zeros((1, 2, 3, 3), np.float32)
    run = state.RunState(image=image, best_image=image, history={"loss": [1.0]})
    run.optimizer_state = {"memory": np.zeros((2, 5), np.float32)}
    run.save(path)
    with zipfile.ZipFile(path) as file:
        members = SEPARATOR.join(file.read(name) for name in file.namelist())
    return [path.read_bytes(), members]


def main() -> None:
    """Runs a target or writes its seeds to a folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--seeds", type=Path)
    options, _ = parser.parse_known_args()
    if options.seeds is not None:
        for number, data in enumerate(seeds(options.target)):
            (options.seeds / f"seed-{number}").write_bytes(data)
        return
    warnings.simplefilter("ignore")
    targets: dict[str, Callable[[bytes], None]] = {
        "images": images,
        "configurations": configurations,
        "checkpoints": checkpoints,
    }
    # libFuzzer ignores options with two dashes, and restarts this command to merge inputs.
    command = f"{sys.executable} {sys.argv[0]}"
    atheris.Setup([command, *sys.argv[1:]], targets[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
