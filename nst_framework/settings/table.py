"""The table of options: a row for each, from which everything else that knows options follows.

The parser and its help, completion in shells, files of settings, presets, the sidecar, the columns
of a batch and the app's form all read this table. To add an option, add a row here. If it is not
`passed` to `Trainer`, use its value where it matters, in `parts.py` or `jobs/`.
"""

from __future__ import annotations

from .. import defaults
from ..paintings import painting_names
from ..presets import preset_names
from .option import (
    COUNT,
    INTEGER,
    INTERVAL,
    NAMES,
    NUMBER,
    NUMBERS,
    ON_OR_OFF,
    SCALE,
    SIZE,
    TEXT,
    TILE_SIZE,
    Option,
    Place,
    Use,
    Values,
)

COMPILE, FIT, FILES, COMMAND = Use
SWITCH, WORDS, COMMAS, REPEATED = Values.SWITCH, Values.WORDS, Values.COMMAS, Values.REPEATED
READ, WRITTEN, CODE, FILE = Place.READ, Place.WRITTEN, Place.CODE, Place.FILE

COMMON = "most used"
PICTURES = "pictures"
STYLE = "style"
STEPS = "steps"
OUTPUT = "output"
RESUME = "resume"
ADVANCED = "advanced"

_NAMES = ", ".join(painting_names())
_OR_NAMES = f"or one that comes with the package: {_NAMES}" if _NAMES else "of nst train"

_PICTURE = ("transfer", "batch")
"""The commands whose results do not follow from one another."""

_ALL = ("transfer", "batch", "video", "train")
"""The commands that have an objective."""

# fmt: off
OPTIONS = (
    Option("content", COMMON, FIT, TEXT, only_here=True, place=READ, positional=True,
        commands=("transfer",),
        help="content image"),
    Option("style", COMMON, FIT, TEXT, only_here=True, values=WORDS, place=READ, positional=True,
        words=painting_names(), commands=("transfer",),
        help="style image, or several; or a learned painting, which takes a second: a .keras file "
        f"{_OR_NAMES}"),
    Option("preset", COMMON, COMMAND, TEXT, metavar="NAME",
        help=f"settings for a purpose: {', '.join(preset_names())}; all other options override "
        "them"),
    Option("output", COMMON, FILES, TEXT, place=WRITTEN, metavar="FILE",
        commands=("transfer", "video"),
        help="where to save the result: .png .jpg .webp .tif .bmp; by default "
        "CONTENT-STYLE.png in the current folder, with a number if another file has that "
        "name"),
    Option("size", COMMON, FIT, SIZE, passed=True, default=defaults.SIZE, metavar="PIXELS",
        minimum=1,
        help="length of the longer side in pixels; none: the sizes of the images"),
    Option("content_weight", COMMON, COMPILE, NUMBER, default=defaults.CONTENT_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the content; doubling it makes the content visibly stronger"),
    Option("style_scale", COMMON, FIT, NUMBERS, only_here=True, values=COMMAS, metavar="SCALE",
        help="size of the style relative to the content, one number or one for each style "
        "image; 0.5 halves the size of its structures"),
    Option("steps_per_epoch", COMMON, FIT, COUNT, passed=True, default=defaults.AUTO,
        metavar="STEPS",
        minimum=1,
        help=f"steps in each epoch, at most; auto: {defaults.COARSEST_STEPS} at the smallest "
        f"scale, and {defaults.FINER_STEPS} at each larger one"),
    Option("color", COMMON, FIT, TEXT, passed=True, default="style", choices=defaults.COLOR_MODES,
        help="where the colours come from. style: the style image; luminance: the content, "
        "only light and dark change; cholesky, symmetric: the style, with the mean and "
        "covariance of the content; histogram: the style, with the histograms of the "
        "content; placed: the style, where the content has colours most like them; affine: the "
        "style, around each place of a content that keeps its edges and gets no strokes"),
    Option("preview", COMMON, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="write the picture as it grows, every few seconds, beside the output, such as "
        "result.preview.png; removed at the end of the run"),
    Option("quiet", COMMON, COMMAND, TEXT, values=SWITCH,
        commands=_ALL,
        help="print nothing but errors"),
    Option("config", COMMON, COMMAND, TEXT, place=FILE, metavar="RUN.toml",
        commands=("transfer", "video"),
        help="TOML file of settings, which override those of the preset. Keys are the names of "
        "the options with underscores, plus content and style for the images; paths are "
        "relative to the file. The sidecar of each result is one, and reproduces that "
        "result; so does the result itself, if its images are beside it"),
    Option("initial_image", PICTURES, FIT, TEXT, default="content", place=READ,
        words=("content", "style", "noise", "last", *painting_names()),
        safe=("content", "style", "noise", *painting_names()),
        metavar="IMAGE",
        commands=_PICTURE,
        help="starting image: content, style, noise, last (the output file of an earlier run), "
        "the path of an image, or a learned painting, which paints the content"),
    Option("noise", PICTURES, FIT, NUMBER, passed=True, default=0.0, metavar="FRACTION",
        commands=_PICTURE,
        minimum=0, maximum=1,
        help="fraction of noise, from 0 to 1, blended into the starting image"),
    Option("seed", PICTURES, FIT, INTEGER, passed=True, default=0, commands=_PICTURE,
        minimum=0,
        help="seed for the noise"),
    Option("content_masks", PICTURES, FIT, TEXT, only_here=True, values=WORDS, place=READ,
        words=("none",),
        metavar="FILE",
        help="one mask for each style image, white where the content takes on its style; none: "
        "everywhere"),
    Option("style_weight", STYLE, COMPILE, NUMBER, default=defaults.STYLE_WEIGHT, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the style"),
    Option("moments_weight", STYLE, COMPILE, NUMBER, default=defaults.MOMENTS_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the mean and spread of each channel of the style, relative to its Gram "
        "matrices; 0: Gram matrices alone, which leave flat areas as they are"),
    Option("style_weights", STYLE, FIT, NUMBERS, only_here=True, values=COMMAS, metavar="WEIGHT",
        help="one weight for each style image, relative to the others, such as 0.7,0.3; with a "
        "learned file of several paintings: one for each of them"),
    Option("style_rotations", STYLE, FIT, INTEGER, default=[0], values=WORDS, metavar="DEGREES",
        commands=_ALL,
        help="by how many degrees the style images are turned for their features to be taken, "
        "in quarter turns; 0 90 180 270 offers strokes in every direction"),
    Option("style_masks", STYLE, FIT, TEXT, only_here=True, values=WORDS, place=READ,
        words=("none",),
        metavar="FILE",
        help="one mask for each style image, white where its style is taken from; none: the "
        "whole image"),
    Option("loss", STYLE, COMPILE, TEXT, values=REPEATED, place=CODE,
        commands=_ALL,
        help="replaces the style loss: my_loss.py:MyLoss for a class in a file, or the name of "
        "a loss of the package; repeat it for several losses. Arguments of the "
        "constructor follow: "
        "my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,weight=20, where + makes a "
        "list and weight is the weight of the loss (by default, that of its class). To "
        "keep the style loss, name it too: --loss StyleLoss"),
    Option("style_layers", STYLE, COMPILE, TEXT, default=list(defaults.STYLE_LAYERS), values=WORDS,
        metavar="LAYER",
        commands=_ALL,
        help="layers of VGG16 for the style"),
    Option("style_layer_weights", STYLE, COMPILE, NUMBERS, values=COMMAS, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="one weight for each style layer; equal by default"),
    Option("epochs", STEPS, FIT, COUNT, passed=True, default=defaults.AUTO,
        minimum=1,
        help="number of epochs, each of which is one run of the optimizer; auto: one at each "
        "scale, or in each stage"),
    Option("scales", STEPS, COMPILE, SCALE, default=["auto"], values=WORDS, metavar="SCALE",
        help="fractions of the size to work at, one epoch at each and all further epochs at 1; "
        f"auto: halves, such as 0.5 and 1, that leave at least {defaults.COARSEST_SIZE} "
        "pixels"),
    Option("stage", STEPS, COMPILE, TEXT, values=REPEATED,
        help="instead of --scales: one stage of the run, such as "
        "scale=0.5,steps=200,style_loss=2,optimizer=adam,content_detail=yes, each part of "
        "which may be left out; names of losses set their weight; repeat it for each "
        "stage"),
    Option("optimizer", STEPS, COMPILE, TEXT, default="lbfgs", metavar="NAME",
        help="lbfgs: projected L-BFGS; scipy: SciPy's L-BFGS-B; pyramid: Adam on a Laplacian "
        "pyramid; or the name of a Keras optimizer, such as adam"),
    Option("learning_rate", STEPS, COMPILE, NUMBER, metavar="RATE",
        minimum=0,
        help="learning rate of a Keras optimizer, in pixel values: by default "
        f"{defaults.LEARNING_RATE:g}, or {defaults.PYRAMID_LEARNING_RATE:g} for pyramid"),
    Option("save_every", OUTPUT, FILES, INTEGER, metavar="STEPS", commands=_PICTURE,
        minimum=1,
        help="also save the image beside the output every so many steps"),
    Option("bit_depth", OUTPUT, FIT, INTEGER, default=8, choices=("8", "16"), commands=_PICTURE,
        help="bits of each channel of the result: 16 for further editing and large prints, in .png "
        "and .tif alone; 8 are dithered, so that smooth gradients show no bands"),
    Option("metrics", OUTPUT, COMPILE, NAMES, passed=True, only_here=True, values=COMMAS,
        metavar="NAME",
        commands=_PICTURE,
        help="metrics to print at the end of every epoch, such as "
        "content_fidelity,gram_distance: the names of what nst score prints, or score for "
        "all of them"),
    Option("no_metadata", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=_PICTURE,
        help="keep neither the settings inside the result, where --config finds them, nor the "
        "photograph's resolution, artist, copyright, description and date"),
    Option("no_sidecar", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="do not write the sidecar, the file of settings beside the result"),
    Option("dump_config", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="print all settings as such a file and exit"),
    Option("checkpoint", RESUME, FILES, TEXT, place=WRITTEN, metavar="RUN.npz",
        commands=("transfer",),
        help="save the run to this file after every epoch"),
    Option("checkpoint_every", RESUME, FILES, INTERVAL, metavar="INTERVAL", commands=_PICTURE,
        help="save it within epochs as well, such as every 50steps, 30s, 10min or 1h"),
    Option("keep_checkpoints", RESUME, FILES, INTEGER, default=1, metavar="NUMBER",
        commands=_PICTURE,
        minimum=1,
        help="how many checkpoints to keep; with 2, the one before the last is RUN.1.npz, from "
        "which the run resumes if the last one is damaged"),
    Option("resume", RESUME, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="resume the run from the checkpoint; if there is none yet, begin it"),
    Option("gradient_shares", ADVANCED, COMPILE, NUMBERS, passed=True, values=COMMAS,
        metavar="SHARE",
        commands=_PICTURE,
        minimum=0,
        help="instead of weights: how much the content, each style loss and the total "
        "variation contribute to the gradient at the start, such as 0.02,1,0.2,0.0002"),
    Option("tv_weight", ADVANCED, COMPILE, NUMBER, default=defaults.TOTAL_VARIATION_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the total variation; a larger one makes the image smoother"),
    Option("content_layers", ADVANCED, COMPILE, TEXT, default=list(defaults.CONTENT_LAYERS),
        values=WORDS, metavar="LAYER",
        commands=_ALL,
        help="layers of VGG16 for the content"),
    Option("content_layer_weights", ADVANCED, COMPILE, NUMBERS, values=COMMAS, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="one weight for each content layer; equal by default"),
    Option("network", ADVANCED, COMPILE, TEXT, default="vgg16", place=CODE,
        safe=("vgg16", "random"),
        commands=_ALL,
        help="network: vgg16, vgg19 (a download), random, or a class as for --loss: "
        "my_network.py:MyNetwork,channels=8; it needs losses with its own layers"),
    Option("weights", ADVANCED, COMPILE, TEXT, default="bundled", place=READ,
        words=("bundled", "imagenet"), safe=("bundled",),
        commands=_ALL,
        help="weights of VGG16 or VGG19: bundled (VGG16 alone), imagenet (a download), or the "
        "path of a Keras file"),
    Option("pooling", ADVANCED, COMPILE, TEXT, default=defaults.POOLING, choices=("max", "avg"),
        commands=_ALL,
        help="pooling of VGG16 and VGG19"),
    Option("precision", ADVANCED, COMPILE, TEXT, passed=True, default=defaults.AUTO,
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
        commands=_ALL,
        help="precision of the network; auto: bfloat16 where the hardware supports it, which "
        "is faster"),
    Option("tile_size", ADVANCED, COMPILE, TILE_SIZE, passed=True, default="auto", metavar="PIXELS",
        minimum=32,
        help="evaluate the image in tiles: auto (if memory is short), none, or the size of the "
        "tiles in pixels"),
    Option("tileable", ADVANCED, COMPILE, ON_OR_OFF, passed=True, default=False, values=SWITCH,
        commands=_PICTURE,
        help="make a result that tiles without seams, for backgrounds and textures, such as with "
        "--preset texture; height and width are rounded to multiples of the network's stride "
        "(16 pixels for VGG16)"),
    Option("callback", ADVANCED, FILES, TEXT, values=REPEATED, place=CODE, commands=_PICTURE,
        help="callback for the run: my_callback.py:MyCallback,every=10, or the name of a "
        "callback of the package; repeat it for several callbacks"),
    Option("allow_code", ADVANCED, COMMAND, TEXT, values=SWITCH,
        help="run the Python files that --config names, such as a loss in my_loss.py; without "
        "it, only those named on the command line are run"),
    Option("traceback", ADVANCED, COMMAND, TEXT, values=SWITCH, commands=(*_ALL, "score",
        "app"),
        help="if an error occurs, print its traceback as well"),
)
# fmt: on

SETTINGS = {option.name: option for option in OPTIONS if option.use is not Use.COMMAND}
"""The options that a file of settings may have, by name."""


def options_of(command: str) -> list[Option]:
    """The rows of the table that a command has."""
    return [option for option in OPTIONS if command in option.commands]


def settings_for(*uses: Use) -> set[str]:
    """The names of the settings that are for one of these uses."""
    return {name for name, option in SETTINGS.items() if option.use in uses}
