#!/usr/bin/env bash
# Guess: a transparent WebM decodes to frames with an alpha plane, because the container declares one (alpha_mode=1)
# and the encoder received yuva420p.
#
# Observed with PyAV 18.1.0: the default decoder for VP9 (FFmpeg's own) returns yuv420p, so hidden pixels appear in
# full color. The alpha is in a side channel of each packet, which only the decoder libvpx-vp9 reads. There is no
# warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.6
cat >"$folder/alpha.py" <<'PYTHON'
import sys

import av
import numpy as np

path = sys.argv[1]
pixels = np.zeros((64, 64, 4), np.uint8)
pixels[...] = 200, 40, 40, 0
pixels[:, :32, 3] = 255
with av.open(path, "w") as container:
    stream = container.add_stream("libvpx-vp9", rate=25)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuva420p"
    for _ in range(3):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgba")))
    container.mux(stream.encode(None))
with av.open(path) as container:
    stream = container.streams.video[0]
    said = stream.metadata.get("alpha_mode")
    default = next(container.decode(stream)).format.name
with av.open(path) as container:
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    frames = (frame for packet in container.demux(video=0) for frame in decoder.decode(packet))
    named = next(frames).format.name
print(f"PyAV {av.__version__}: alpha_mode={said}, by default {default}, with libvpx-vp9 {named}")
assert (said, default, named) == ("1", "yuv420p", "yuva420p")
PYTHON
"$folder/venv/bin/python" "$folder/alpha.py" "$folder/alpha.webm"
