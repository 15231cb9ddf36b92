"""Identifies files in unsupported formats and suggests how to convert them."""

from __future__ import annotations

from pathlib import Path

_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")

_FORMATS = (
    (0, b"\xff\x0a", "JPEG XL. Convert it first: djxl photo.jxl photo.png"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL. Convert it first: djxl photo.jxl photo.png"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000. Convert it first: opj_decompress -i photo.jp2 -o photo.png"),
    (
        0,
        b"\xff\x4f\xff\x51",
        "JPEG 2000. Convert it first: opj_decompress -i photo.j2k -o photo.png",
    ),
    (0, b"GIF8", "a GIF. Save it as PNG; nst video reads all of its frames"),
    (0, b"%PDF", "a PDF. Save its page as PNG"),
    (0, b"8BPS", "a Photoshop file. Save it as PNG or TIFF"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR. Save it as 16-bit TIFF"),
    (0, b"#?RADIANCE", "Radiance HDR. Save it as 16-bit TIFF"),
    (4, b"ftypcrx ", "a raw photograph. Develop it to TIFF or JPEG"),
    (0, b"FUJIFILMCCD-RAW", "a raw photograph. Develop it to TIFF or JPEG"),
    (0, b"<svg", "an SVG. Export it as PNG"),
)
"""Offset, signature and description of each format."""


def describe(path: Path) -> str:
    """Describes a file that is not a supported image, and how to convert it."""
    with path.open("rb") as file:
        start = file.read(64)
    brands = {start[place : place + 4] for place in range(8, len(start) - 3, 4) if place != 12}
    if start[4:8] == b"ftyp" and brands & {*_HEIF} and not brands & {*_AVIF}:
        return (
            "HEIC. Convert it first: heif-convert photo.heic photo.png; or set the camera to JPEG "
            "(on an iPhone: Settings, Camera, Formats, Most Compatible)"
        )
    if start[4:8] == b"ftyp" and brands & {*_AVIF}:
        return (
            "AVIF, damaged or not supported by this Pillow. Convert it first: avifdec a.avif a.png"
        )
    for place, signature, description in _FORMATS:
        if start[place : place + len(signature)] == signature:
            return description
    return "empty or in an unknown format. Use PNG, JPEG, WebP, AVIF, TIFF or BMP"
