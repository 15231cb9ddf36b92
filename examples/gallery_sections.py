"""The settings of each picture in the gallery, for you to copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nst_framework import ContentLoss, Style, StyleLoss, TotalVariationLoss

from gallery_pictures import Picture, PresetPicture, Section, Shown

IMAGES = Path(__file__).parent / "images"
CHELSEA, COFFEE, ASTRONAUT = (IMAGES / f"{name}.png" for name in ("chelsea", "coffee", "astronaut"))
STROKES, GLASS, WOODCUT, PALACE = (
    IMAGES / f"{name}.jpg"
    for name in ("brush_strokes", "stained_glass", "woodcut", "summer_palace")
)
CUP = IMAGES / "coffee_mask.png"
SHARES = {"content_loss": 0.02, "style_loss": 1.0, "total_variation_loss": 0.0002}


def content_weights() -> Section:
    """From mostly style to little of it."""
    return Section(
        "content_weight",
        "Content weight",
        '`loss_weights={"content_loss": 25.0}`, `--content-weight 25`: the weight to adjust first. '
        "The numbers are the content fidelity and global effects that `nst score` prints.",
        [
            Picture(
                f"{weight:g}", CHELSEA, STROKES, compile={"loss_weights": {"content_loss": weight}}
            )
            for weight in (25.0, 200.0, 1600.0, 6400.0)
        ],
        numbers="scores",
    )


def several_styles() -> Section:
    """From one style to another."""

    def blend(strokes: float, woodcut: float) -> Picture:
        styles = [Style(STROKES, strokes), Style(WOODCUT, woodcut)]
        return Picture(f"{strokes:g}, {woodcut:g}", CHELSEA, styles)

    return Section(
        "several_styles",
        "Several styles",
        "`fit(content, [Style(a, weight=0.7), Style(b, weight=0.3)])`, "
        "`nst transfer content.png a.jpg b.jpg --style-weights 0.7,0.3`.",
        [
            Shown("first style", STROKES),
            Picture("the first alone", CHELSEA, STROKES),
            blend(0.7, 0.3),
            blend(0.3, 0.7),
            Picture("the second alone", CHELSEA, WOODCUT),
            Shown("second style", WOODCUT),
        ],
    )


def style_scale() -> Section:
    """A smaller and a larger style image."""
    return Section(
        "style_scale",
        "Style scale",
        '`Style("glass.jpg", scale=0.5)`, `--style-scale 0.5`: the size of the style image '
        "relative to the content, which sets the size of its structures in the result.",
        [
            Shown("style", GLASS),
            *(
                Picture(f"{scale:g}", COFFEE, Style(GLASS, scale=scale))
                for scale in (0.5, 1.0, 2.0)
            ),
        ],
    )


def regions(cup: Any, outside: Any, slope: Any) -> Section:
    """Different styles in different regions."""
    return Section(
        "regions",
        "Regions",
        '`[Style("glass.jpg", content_mask="cup.png"), Style("strokes.jpg", '
        'content_mask="table.png")]`, `--content-masks cup.png table.png`. White is inside the '
        "region, black is outside, and gray is partly inside. Where no style applies, the content "
        "stays. `mask=` (`--style-masks`) selects part of the style image in the same way. Masks "
        "work with every style loss whose value does not depend on the order of positions.",
        [
            Shown("mask", CUP),
            Picture(
                "glass inside, strokes outside",
                COFFEE,
                [Style(GLASS, content_mask=cup), Style(STROKES, content_mask=outside)],
            ),
            Picture(
                "woodcut inside, glass outside",
                COFFEE,
                [Style(WOODCUT, content_mask=cup), Style(GLASS, content_mask=outside)],
            ),
            Picture("inside only", COFFEE, Style(STROKES, content_mask=cup)),
            Picture(
                "a slope from strokes to glass",
                CHELSEA,
                [Style(STROKES, content_mask=255 - slope), Style(GLASS, content_mask=slope)],
            ),
        ],
    )


def colors() -> Section:
    """Colors from the style or from the content."""
    captions = {
        "style": "style: its own colors",
        "luminance": "luminance only",
        "cholesky": "cholesky",
        "symmetric": "symmetric",
        "histogram": "histogram",
        "placed": "placed",
    }
    return Section(
        "colors",
        "Color",
        '`fit(..., color="luminance")`, `--color luminance`. By default, the result '
        "has the style's colors. `luminance` changes only the brightness and keeps the content's "
        "colors. `cholesky`, `symmetric` and `histogram` change the colors of the style image "
        "before the run: the first two match the content's mean and covariance, the last one its "
        "histograms. With these, gray content is treated as with `luminance`. If this lowers the "
        "contrast of the style, its loss has less effect: increase its weight. `placed` changes "
        "the finished picture: each place gets the content's hue and chroma, shifted toward the "
        "style's. `affine` recolors the content around each place of the finished picture.",
        [
            Picture(caption, COFFEE, GLASS, fit={"color": color})
            for color, caption in captions.items()
        ],
    )


def starts() -> Section:
    """Different starting images."""

    def begun(caption: str, **fit: Any) -> Picture:
        weights = {"content_loss": 1000.0}
        return Picture(
            caption, COFFEE, WOODCUT, compile={"loss_weights": weights}, effort=4, fit=fit
        )

    return Section(
        "starts",
        "Starting image",
        '`fit(..., initial_image="noise")`, `--initial-image noise`: the starting image. '
        "`fit(..., noise=0.5)`, `--noise 0.5`: the fraction of noise blended into it. Each "
        'picture takes 160 steps with a content weight of 1000, except the last one: `"last"` '
        "starts from the image of the previous run (40 steps in the style of glass) and takes "
        "another 40 with the default weights.",
        [
            begun("content"),
            begun("style", initial_image="style"),
            begun("noise", initial_image="noise"),
            begun("half content, half noise", noise=0.5),
            Picture(
                "last run's image", COFFEE, GLASS, then={"style": WOODCUT, "initial_image": "last"}
            ),
        ],
    )


def style_layers() -> Section:
    """The style in shallow and deep layers."""
    blocks = [f"block{number}_conv1" for number in range(1, 6)]
    return Section(
        "style_layers",
        "Style layers",
        '`StyleLoss(["block1_conv1"])`, `--style-layers block1_conv1`: from the first block only '
        "to all five. Shallow layers carry the colors, deep ones the arrangement. All pictures use "
        "the same gradient shares (see above), because losses differ in magnitude between layers.",
        [
            Picture(
                f"up to {blocks[count - 1]}",
                ASTRONAUT,
                STROKES,
                losses=[ContentLoss(), StyleLoss(blocks[:count]), TotalVariationLoss()],
                compile={"gradient_shares": SHARES},
            )
            for count in range(1, 6)
        ],
    )


def content_layers() -> Section:
    """The content in shallow and deep layers."""
    layers = [
        ["block1_conv2"],
        ["block2_conv2"],
        ["block3_conv2"],
        ["block4_conv2"],
        ["block5_conv2"],
        ["block2_conv2", "block5_conv2"],
    ]
    return Section(
        "content_layers",
        "Content layers",
        '`ContentLoss(["block2_conv2", "block5_conv2"], layer_weights=[0.1, 0.9])`, '
        "`--content-layers block2_conv2 block5_conv2 --content-layer-weights 0.1,0.9`. Shallow "
        "layers preserve every pixel, deep ones only the arrangement. All pictures use the same "
        "gradient shares.",
        [
            Picture(
                " and ".join(names) if len(names) == 1 else "block2 0.1, block5 0.9",
                ASTRONAUT,
                STROKES,
                losses=[
                    ContentLoss(names, None if len(names) == 1 else [0.1, 0.9]),
                    StyleLoss(),
                    TotalVariationLoss(),
                ],
                compile={"gradient_shares": SHARES},
            )
            for names in layers
        ],
    )


def transparency(cut_out: Any, cup: Any) -> Section:
    """Content with a transparent background."""
    return Section(
        "transparency",
        "Transparent content",
        "A transparent content image gives a result with the same transparency, shown here on a "
        "checkered background. In transparent parts, the losses see the adjacent colors. To keep "
        "the style within the visible part, pass its shape as `content_mask`, as here.",
        [
            Picture("glass", cut_out, Style(GLASS, content_mask=cup)),
            Picture("strokes", cut_out, Style(STROKES, content_mask=cup)),
            Picture(
                "luminance only",
                cut_out,
                Style(WOODCUT, content_mask=cup),
                fit={"color": "luminance"},
            ),
        ],
    )


def gradient_shares() -> Section:
    """Gradient shares instead of weights."""

    def shared(content: float) -> Picture:
        shares = {**SHARES, "content_loss": content}
        return Picture(f"content {content:g}", COFFEE, STROKES, compile={"gradient_shares": shares})

    return Section(
        "gradient_shares",
        "Gradient shares",
        "`compile(losses, gradient_shares=[0.02, 1, 0.0002])`, `--gradient-shares`: "
        "the relative sizes of the gradients of content, style and total variation at the "
        "start, for any layers and formulas. `fit` finds the weights, which are shown below each "
        "picture. During the run, the style's gradient falls steeply, so the content needs only a "
        "small share: here, 0.006 is about the default.",
        [shared(share) for share in (0.003, 0.01, 0.03, 0.1)],
        numbers="weights",
    )


def sizes() -> Section:
    """The same weights at several sizes."""
    return Section(
        "sizes",
        "Size",
        "The same weights from 128 to 512 pixels. Losses are means, not sums, so the same weights "
        "suit every size. Only the size of the style's structures relative to the content changes. "
        "The numbers are the shares of content and style in the final gradient.",
        [
            Picture(f"{256 * scale:g} pixels", ASTRONAUT, GLASS, scale=scale)
            for scale in (0.5, 1.0, 2.0)
        ],
        numbers="shares",
    )


def presets() -> Section:
    """Settings that come with the package, in fewer steps than they ask for."""
    pairs = {
        "draft": (CHELSEA, WOODCUT),
        "strokes": (PALACE, STROKES),
        "subtle": (CHELSEA, STROKES),
        "strong": (COFFEE, STROKES),
        "neighbors": (CHELSEA, GLASS),
        "texture": (COFFEE, WOODCUT),
        "gatys": (ASTRONAUT, GLASS),
    }
    inputs = sorted({image for pair in pairs.values() for image in pair})
    pictures = [Shown(image.stem, image) for image in inputs]
    pictures += [PresetPicture(name, *pair) for name, pair in pairs.items()]
    return Section("presets", "Presets", "", pictures, separate=True)
