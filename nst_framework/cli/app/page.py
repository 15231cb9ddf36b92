"""The layout of the page, connected with its event handlers."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ... import defaults
from .answers import status
from .events import MIN_SIZE, Events, Limits
from .examples import find_examples
from .form import DEFAULT, LEARNED, NOT_LEARNED, PRESET_CHOICES
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
    """Colors with enough contrast, and no fonts from other servers."""
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
    """Builds the page, and connects it with its event handlers."""
    examples = find_examples()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.Markdown(f"# {TITLE}\nMake a picture of a photograph in the style of a painting.")
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                with gr.Row(visible=bool(examples)):
                    example_buttons = [
                        gr.Button(each.title, size="sm", min_width=90, elem_id=f"example-{number}")
                        for number, each in enumerate(examples)
                    ]
                content = _upload("Photograph", "content")
                with gr.Row():
                    style = _upload("Painting", "style", 210)
                    second = _upload("Second painting (optional)", "second", 210)
                share = gr.Slider(
                    5,
                    95,
                    50,
                    step=5,
                    label="Weight of the first painting, in percent",
                    visible=False,
                    elem_id="share",
                )
                learned = gr.Dropdown(
                    list(LEARNED),
                    value=NOT_LEARNED,
                    label="Learned painting",
                    info="needs no painting and takes seconds; with a painting, it is the start",
                    elem_id="learned",
                )
                with gr.Accordion("Your own learned painting", open=False):
                    trained = gr.File(
                        label="Add a .keras file from nst train",
                        file_types=[".keras"],
                        height=110,
                        elem_id="trained",
                    )
                preset = gr.Dropdown(
                    PRESET_CHOICES,
                    value=DEFAULT,
                    label="Preset",
                    info="sets the fields below, which you can still change",
                    elem_id="preset",
                )
                size = gr.Slider(
                    MIN_SIZE,
                    limits.size,
                    min(defaults.SIZE, limits.size),
                    step=16,
                    label="Longer side, in pixels",
                    elem_id="size",
                )
                weight = gr.Number(
                    defaults.CONTENT_WEIGHT,
                    label="Content weight",
                    minimum=0,
                    info="doubling it keeps visibly more of the photograph",
                    elem_id="weight",
                )
                color = gr.Dropdown(
                    list(defaults.COLOR_MODES),
                    value="style",
                    label="Colors",
                    info="style: from the painting; luminance: from the photograph",
                    elem_id="color",
                )
                with gr.Accordion("Style only part of the photograph", open=False):
                    drawn = gr.ImageEditor(
                        label="Draw where to apply the first painting",
                        type="numpy",
                        layers=False,
                        sources=(),
                        transforms=(),
                        elem_id="drawing",
                        brush=gr.Brush(colors=["#ffffff"], color_mode="fixed", default_size=40),
                    )
                    mask = _upload("Or add a mask, white where to apply it", "mask", height=140)
                with gr.Accordion("Reuse the settings of an earlier picture", open=False):
                    earlier = gr.File(
                        label="Add a result or its .toml file",
                        file_types=[".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".toml"],
                        height=110,
                        elem_id="earlier",
                    )
            with gr.Column(scale=3, min_width=320):
                with gr.Row():
                    start = gr.Button("Start", variant="primary", min_width=90, elem_id="start")
                    stop = gr.Button("Stop", min_width=90, elem_id="stop")
                    resume = gr.Button("Resume", min_width=90, interactive=False, elem_id="resume")
                hint = ", or choose an example" if examples else ""
                line = gr.HTML(
                    status(f"Add a photograph and a painting{hint}. Then press Start."),
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
                            label="Loss at each step", show_label=False, elem_id="losses"
                        )
                with gr.Row():
                    download = gr.DownloadButton(
                        "Download picture", interactive=False, elem_id="download"
                    )
                    settings = gr.DownloadButton(
                        "Download settings", interactive=False, elem_id="download-settings"
                    )
                gallery = gr.Gallery(
                    label="Your pictures",
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
                # `Events` itself makes one picture at a time.
                concurrency_limit=None,
                # A new picture replaces one that is being made.
                trigger_mode="multiple" if button is start else "once",
                # The app checks uploads before it decodes them; Gradio would decode them first.
                preprocess=False,
                show_progress="hidden",
                api_visibility="private",
            )
        shown_examples: list[Any] = [
            (button.click, events.show_example(each), None, [content, style, line])
            for button, each in zip(example_buttons, examples, strict=True)
        ]
        for listen, handler, changed, updated in (
            *shown_examples,
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
                handler,
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
    """An image field that keeps the uploaded file unchanged."""
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
