"""The page: what is on it, and what happens when a visitor touches it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ... import defaults
from .answers import status
from .events import SMALLEST, Events, Limits
from .form import DEFAULT, LEARNED, NOT_LEARNED, PRESETS
from .uploads import PAINTINGS
from .visits import Upload

TITLE = "Neural style transfer"

CSS = """
#picture img, #compare img { width: 100%; height: 100%; object-fit: contain; }
#gallery .grid-container { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) !important; }
#status p { margin: 0; font-size: 1.05rem; }
#status .problem { color: #b00020; font-weight: 600; }
.dark #status .problem { color: #ff8a8a; }
footer { display: none !important; }
"""

FONT = ["system-ui", "sans-serif"]


def theme() -> gr.themes.Base:
    """Colours with enough contrast, and no fonts from elsewhere."""
    return gr.themes.Default(
        primary_hue="indigo", font=FONT, font_mono=["ui-monospace", "monospace"]
    ).set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        body_text_color_subdued="*neutral_600",
        block_info_text_color="*neutral_600",
        block_label_text_color="*neutral_800",
        block_title_text_color="*neutral_800",
    )


def build_page(events: Events, limits: Limits) -> gr.Blocks:
    """Builds the page, and connects it with its events."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.Markdown(f"# {TITLE}\nThe content of a photograph in the style of a painting.")
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                content = _upload("Photograph", "content")
                with gr.Row():
                    style = _upload("Painting", "style", 210)
                    second = _upload("Second, if you like", "second", 210)
                share = gr.Slider(
                    5,
                    95,
                    50,
                    step=5,
                    label="Share of the first painting, in percent",
                    visible=False,
                    elem_id="share",
                )
                learned = gr.Dropdown(
                    list(LEARNED),
                    value=NOT_LEARNED,
                    label="Learned painting",
                    info="alone, it paints at once; with a painting, the run starts from it",
                    elem_id="learned",
                )
                with gr.Accordion("Your own learned painting", open=False):
                    trained = gr.File(
                        label="Drop a .keras file of nst train",
                        file_types=[".keras"],
                        height=110,
                        elem_id="trained",
                    )
                preset = gr.Dropdown(
                    list(PRESETS),
                    value=DEFAULT,
                    label="Preset",
                    info="neighbors keeps faces; strokes is the boldest",
                    elem_id="preset",
                )
                size = gr.Slider(
                    SMALLEST,
                    limits.size,
                    min(defaults.SIZE, limits.size),
                    step=16,
                    label="Size: the longer side, in pixels",
                    elem_id="size",
                )
                weight = gr.Number(
                    defaults.CONTENT_WEIGHT,
                    label="Content weight",
                    minimum=0,
                    info="twice as much keeps visibly more of the photograph",
                    elem_id="weight",
                )
                color = gr.Dropdown(
                    list(defaults.COLOR_MODES),
                    value="style",
                    label="Colours",
                    info="luminance keeps those of the photograph",
                    elem_id="color",
                )
                with gr.Accordion("Only a part of the photograph", open=False):
                    drawn = gr.ImageEditor(
                        label="Draw where the first painting goes",
                        type="numpy",
                        layers=False,
                        sources=(),
                        transforms=(),
                        elem_id="drawing",
                        brush=gr.Brush(colors=["#ffffff"], color_mode="fixed", default_size=40),
                    )
                    mask = _upload("Or drop a mask: white is where it goes", "mask", height=140)
                with gr.Accordion("Settings of an earlier picture", open=False):
                    earlier = gr.File(
                        label="Drop a result or its .toml file",
                        file_types=[".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".toml"],
                        height=110,
                        elem_id="earlier",
                    )
            with gr.Column(scale=3, min_width=320):
                with gr.Row():
                    start = gr.Button("Start", variant="primary", min_width=90, elem_id="start")
                    stop = gr.Button("Stop", min_width=90, elem_id="stop")
                    resume = gr.Button("Resume", min_width=90, interactive=False, elem_id="resume")
                line = gr.HTML(
                    status("Drop in a photograph and a painting, or choose a learned one."),
                    elem_id="status",
                )
                with gr.Tabs():
                    with gr.Tab("Picture"):
                        picture = gr.Image(
                            label="Picture",
                            interactive=False,
                            format="jpeg",
                            height=480,
                            buttons=["fullscreen"],
                            elem_id="picture",
                        )
                    with gr.Tab("Before and after"):
                        slider = gr.ImageSlider(
                            label="Photograph and picture",
                            interactive=False,
                            height=480,
                            buttons=["fullscreen"],
                            elem_id="compare",
                        )
                    with gr.Tab("Losses"):
                        curve = gr.Plot(
                            label="Losses at each step", show_label=False, elem_id="losses"
                        )
                with gr.Row():
                    download = gr.DownloadButton(
                        "Download the picture", interactive=False, elem_id="download"
                    )
                    settings = gr.DownloadButton(
                        "Download its settings", interactive=False, elem_id="download-settings"
                    )
                gallery = gr.Gallery(
                    label="Pictures of this visit",
                    columns=4,
                    height=260,
                    elem_id="gallery",
                    interactive=False,
                    object_fit="contain",
                    buttons=["fullscreen"],
                )
        fields = [content, style, second, drawn, mask, preset, size, weight, color, share, earlier]
        fields += [learned, trained]
        # In the order of `Answer`.
        shown = [line, picture, slider, curve, download, settings, gallery, resume]
        for button, function, inputs in (
            (start, events.make, fields),
            (resume, events.resume, None),
        ):
            button.click(
                function,
                inputs,
                shown,
                # `events` makes one picture at a time.
                concurrency_limit=None,
                # A new picture takes the place of one that is at work.
                trigger_mode="multiple" if button is start else "once",
                # The app checks and decodes what is uploaded; Gradio would decode it before.
                preprocess=False,
                show_progress="hidden",
                api_visibility="private",
            )
        for listen, at_once, changed, updated in (
            (stop.click, events.stop, None, line),
            (second.change, _show_share, second, share),
            (content.change, events.check_content, content, [content, drawn, mask, line]),
            (style.upload, events.check("style", PAINTINGS[0]), style, [style, line]),
            (second.upload, events.check("second", PAINTINGS[1]), second, [second, line]),
            (mask.upload, events.check("mask", "the mask"), mask, [mask, line]),
            (preset.input, events.choose, [preset, earlier], [size, weight, color, line]),
            (trained.upload, events.check_trained, trained, [trained, line]),
            (earlier.upload, events.restore, earlier, [preset, size, weight, color, line]),
            (download.click, events.check_result, None, line),
            (settings.click, events.check_result, None, line),
        ):
            listen(
                at_once,
                changed,
                updated,
                queue=False,
                preprocess=False,
                api_visibility="private",
            )
        page.unload(events.leave)
    return page


def _show_share(second: Upload) -> Any:
    return gr.update(visible=second is not None)


def _upload(label: str, name: str, height: int = 240) -> gr.Image:
    """An image whose file is kept as it was uploaded."""
    return gr.Image(
        label=label,
        type="filepath",
        sources=["upload", "clipboard"],
        image_mode=None,
        height=height,
        min_width=140,
        buttons=[],
        elem_id=name,
    )
