"""What each picture of the gallery is made with: settings to copy from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gallery_pictures import Picture, PresetPicture, Section, Shown

from nst_framework import ContentLoss, Style, StyleLoss, TotalVariationLoss

IMAGES = Path(__file__).parent / "images"
CHELSEA, COFFEE, ASTRONAUT = (IMAGES / f"{name}.png" for name in ("chelsea", "coffee", "astronaut"))
STROKES, GLASS, WOODCUT = (
    IMAGES / f"{name}.jpg" for name in ("brush_strokes", "stained_glass", "woodcut")
)
CUP = IMAGES / "coffee_mask.png"
SHARES = {"content_loss": 0.02, "style_loss": 1.0, "total_variation_loss": 0.0002}


def content_weights() -> Section:
    """From the style alone to hardly any of it."""
    return Section(
        "content_weight",
        "Content weight",
        '`loss_weights={"content_loss": 25.0}`, `--content-weight 25`: the first knob to turn. '
        "Below each picture: content fidelity and global effects, as `nst score` gives them.",
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
    """The style image smaller and larger."""
    return Section(
        "style_scale",
        "Style scale",
        '`Style("glass.jpg", scale=0.5)`, `--style-scale 0.5`: the style\'s size relative to the '
        "content's, and so the size of its pieces.",
        [
            Shown("style", GLASS),
            *(
                Picture(f"{scale:g}", COFFEE, Style(GLASS, scale=scale))
                for scale in (0.5, 1.0, 2.0)
            ),
        ],
    )


def regions(cup: Any, outside: Any, slope: Any) -> Section:
    """This style here, that one there."""
    return Section(
        "regions",
        "Regions",
        '`[Style("glass.jpg", content_mask="cup.png"), Style("strokes.jpg", '
        'content_mask="table.png")]`, `--content-masks cup.png table.png`. White is inside, grey '
        "in part. Where no style goes, the content stays. `mask=` (`--style-masks`) does the same "
        "for the style image. Every loss whose value does not depend on the order of positions can "
        "be guided.",
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
    """Whose colours."""
    captions = {
        "style": "style: its own colours",
        "luminance": "luminance only",
        "cholesky": "cholesky",
        "symmetric": "symmetric",
        "histogram": "histogram",
    }
    return Section(
        "colors",
        "Colour",
        '`fit(..., color="luminance")`, `--color luminance`. `luminance` changes only light and '
        "dark. `cholesky` and `symmetric` move the style's colours to the content's mean and "
        "covariance, `histogram` to its histograms, and the style is transferred with those. A "
        "style with less contrast than before counts for less: give it more weight.",
        [
            Picture(caption, COFFEE, GLASS, fit={"color": color})
            for color, caption in captions.items()
        ],
    )


def starts() -> Section:
    """Where the image begins."""

    def begun(caption: str, **fit: Any) -> Picture:
        weights = {"content_loss": 1000.0}
        return Picture(
            caption, COFFEE, WOODCUT, compile={"loss_weights": weights}, effort=4, fit=fit
        )

    return Section(
        "starts",
        "Start",
        '`fit(..., initial_image="noise", noise=0.5)`, `--initial-image noise`, `--noise 0.5`: '
        "the share of noise that is blended into the initial image. 160 steps each with a content "
        'weight of 1000. `"last"` goes on from the image of the run before; here that was 40 steps '
        "in the style of glass.",
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
    """The style from shallow layers to deep ones."""
    blocks = [f"block{number}_conv1" for number in range(1, 6)]
    return Section(
        "style_layers",
        "Style layers",
        '`StyleLoss(["block1_conv1"])`, `--style-layers block1_conv1`: from the first block alone '
        "to all five. Shallow layers have colours, deep ones the arrangement. All with the same "
        "gradient shares (below), since layers differ in how large their numbers are.",
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
    """The content from shallow layers to deep ones."""
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
        "layers hold every pixel, deep ones only what is where. The same shares for all.",
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
        "A content image with alpha gives a result with the same alpha, here before a chequered "
        "board. Behind what is transparent it counts as white; the alpha as `content_mask` keeps "
        "the style to what is seen.",
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
    """Shares in place of weights."""

    def shared(content: float) -> Picture:
        shares = {**SHARES, "content_loss": content}
        return Picture(f"content {content:g}", COFFEE, STROKES, compile={"gradient_shares": shares})

    return Section(
        "gradient_shares",
        "Gradient shares",
        "`compile(losses, gradient_shares=[0.02, 1, 0.0002])`, `--gradient-shares "
        "0.02,1,0.0002`: how much content, style and total variation pull at the start, one "
        "beside the other, whatever the layers and the formulas. `fit` finds the weights, which "
        "are written below. The style's gradient is the largest by far at the start, and falls by "
        "as much during the run: so 0.005 for the content is about the default.",
        [shared(share) for share in (0.003, 0.01, 0.03, 0.1)],
        numbers="weights",
    )


def sizes() -> Section:
    """The same weights at several sizes."""
    return Section(
        "sizes",
        "Size",
        "The same weights from 128 to 512 pixels. Losses are means, not sums, so the balance "
        "stays; what changes is how large the style's pieces are beside the content's. Below: the "
        "shares of the gradient at the end, of content and style.",
        [
            Picture(f"{256 * scale:g} pixels", ASTRONAUT, GLASS, scale=scale)
            for scale in (0.5, 1.0, 2.0)
        ],
        numbers="shares",
    )


def presets() -> Section:
    """The settings that have a name."""
    return Section(
        "presets",
        "Presets",
        "`nst transfer content.png style.jpg --preset strong`. Each is a small TOML file; "
        "`--dump-config` prints one to edit and pass back with `--config`. Here with `--size 256 "
        "--epochs 3 --steps-per-epoch 40`. `draft` and `fine` look like the default: "
        "one is small and quick, the other large. `gatys-2016` is the paper's recipe, whose noise "
        "takes several hundred steps.",
        [
            PresetPicture(name, CHELSEA, STROKES)
            for name in ("subtle", "strong", "strokes", "texture")
        ],
    )
