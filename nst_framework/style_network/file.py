"""Files of style networks: archives that Keras can load and that need not be trusted.

`painting.keras` is an archive from `keras.Model.save`, with the weights in 16 bits and the record
of the training added. Only numbers and the network's sizes are read from a file; the network is
always the package's own. No class is looked up by a name from the file.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from ..paintings import EXTENSION, find_painting
from ..saving import atomic_write, check_extension
from .archive import RECORD, THUMBNAIL, WEIGHTS, read_contents, refusal
from .record import Record
from .weights import in_16_bits, load_numbers

if TYPE_CHECKING:
    from .network import StyleNetwork


def write_network(
    path: str | os.PathLike[str], network: StyleNetwork, record: Record, overwrite: bool = True
) -> None:
    """Writes a network and its record; a partial file is never left behind.

    Raises:
        FileExistsError: If the file exists and `overwrite` is false.
        ValueError: If the path does not end in `.keras`, or a weight is not finite in 16 bits.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    check_extension(path, [EXTENSION])
    if not overwrite and path.exists():
        raise FileExistsError(
            f"Expected a new file. Received: {str(path)!r}, which exists. Pass overwrite=True, or "
            "choose another name."
        )
    # The copy has no losses and no optimizer.
    copy = network.from_config({**network.get_config(), "dtype": "float32"})
    copy.set_weights(network.get_weights())
    with atomic_write(path) as partial:
        keras.saving.save_model(copy, partial)
        with zipfile.ZipFile(partial) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts[WEIGHTS] = in_16_bits(parts[WEIGHTS])
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
            archive.writestr(RECORD, record.to_json())
            if record.thumbnail:
                archive.writestr(THUMBNAIL, record.thumbnail)


def read_network(source: str | os.PathLike[str]) -> tuple[StyleNetwork, Record]:
    """Reads a network and its record from a file or, given its name, a painting of the package.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file does not contain a style network.
    """
    from .network import StyleNetwork

    found = read_contents(source)
    network = StyleNetwork(found.sizes["styles"], found.sizes["width"], found.sizes["blocks"])
    try:
        load_numbers(network, found.weights)
    except ValueError as error:
        raise refusal(find_painting(source) or Path(source), str(error)) from error
    return network, found.record
