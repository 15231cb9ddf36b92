"""The table of options, one row per option.

The parser and its help, shell completion, settings files, presets, the sidecar, the columns of a
batch and the app's form all read this table. To add an option, add a row here. If it is not
`passed` to `Trainer`, use its value where it is needed, in `parts.py` or `jobs/`.
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
    PathKind,
    Use,
    Values,
)

COMPILE, FIT, FILES, COMMAND = Use
SWITCH, WORDS, COMMAS, REPEATED = Values.SWITCH, Values.WORDS, Values.COMMAS, Values.REPEATED
READ, WRITTEN, CODE, FILE = PathKind.READ, PathKind.WRITTEN, PathKind.CODE, PathKind.FILE

COMMON = "most used"
IMAGES = "images"
STYLE = "style"
STEPS = "steps"
OUTPUT = "output"
RESUME = "resume"
ADVANCED = "advanced"

_NAMES = ", ".join(painting_names())
_OR_NAMES = f"or one from the package: {_NAMES}" if _NAMES else "from nst train"

_PICTURE = ("transfer", "batch")
"""The commands that make single pictures."""

_ALL = ("transfer", "batch", "video", "train")
"""The commands that optimize an objective."""

# fmt: off
OPTIONS = (
    Option("content", COMMON, FIT, TEXT, run_specific=True, path=READ, positional=True,
        commands=("transfer",),
        help="content image"),
    Option("style", COMMON, FIT, TEXT, run_specific=True, values=WORDS, path=READ, positional=True,
        words=painting_names(), commands=("transfer",),
        help="style image, or several; or a learned painting, which takes about a second: a .keras "
        f"file {_OR_NAMES}"),
    Option("preset", COMMON, COMMAND, TEXT, metavar="NAME",
        help=f"group of settings to start from: {', '.join(preset_names())}; all other options "
        "override it"),
    Option("output", COMMON, FILES, TEXT, path=WRITTEN, metavar="FILE",
        commands=("transfer", "video"),
        help="file to save the result to: .png .jpg .webp .tif .bmp, for videos .mp4 .mov .mkv or "
        "a folder of frames; by default CONTENT-STYLE.png in the current folder, with a number "
        "if that name is taken"),
    Option("size", COMMON, FIT, SIZE, passed=True, default=defaults.SIZE, metavar="PIXELS",
        minimum=1,
        help="length of the longer side in pixels; none: keep the images' own sizes"),
    Option("content_weight", COMMON, COMPILE, NUMBER, default=defaults.CONTENT_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the content loss; doubling it keeps visibly more of the content"),
    Option("style_scale", COMMON, FIT, NUMBERS, run_specific=True, values=COMMAS, metavar="SCALE",
        help="size of the style relative to the content, as one number or one per style image; "
        "0.5 halves the size of its structures"),
    Option("steps_per_epoch", COMMON, FIT, COUNT, passed=True, default=defaults.AUTO,
        metavar="STEPS",
        minimum=1,
        help=f"maximum number of steps per epoch; auto: {defaults.COARSEST_STEPS} at the smallest "
        f"scale and {defaults.FINER_STEPS} at each larger one"),
    Option("color", COMMON, FIT, TEXT, passed=True, default="style", choices=defaults.COLOR_MODES,
        help="source of the colors. style: the style image; luminance: the content, with only its "
        "brightness changed; cholesky, symmetric: the style, with the content's color mean and "
        "covariance; histogram: the style, with the content's color histograms; placed: the "
        "style's colors, each where the content has the most similar ones; affine: the content "
        "in the style's colors, with its edges and without strokes"),
    Option("preview", COMMON, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="save the unfinished image every few seconds next to the output, as in "
        "result.preview.png; it is removed when the run ends"),
    Option("quiet", COMMON, COMMAND, TEXT, values=SWITCH,
        commands=_ALL,
        help="print only errors"),
    Option("config", COMMON, COMMAND, TEXT, path=FILE, metavar="RUN.toml",
        commands=("transfer", "video"),
        help="TOML settings file, which overrides the preset. Its keys are option names with "
        "underscores, plus content and style for the images; paths are relative to the file. "
        "The sidecar of each result is such a file and reproduces the result; so does the "
        "result itself if its input images are in the same folder"),
    Option("initial_image", IMAGES, FIT, TEXT, default="content", path=READ,
        words=("content", "style", "noise", "last", *painting_names()),
        safe=("content", "style", "noise", *painting_names()),
        metavar="IMAGE",
        commands=_PICTURE,
        help="starting image: content, style, noise, last (the output file of an earlier run), "
        "the path of an image, or a learned painting, which paints the content first"),
    Option("noise", IMAGES, FIT, NUMBER, passed=True, default=0.0, metavar="FRACTION",
        commands=_PICTURE,
        minimum=0, maximum=1,
        help="fraction of noise, from 0 to 1, blended into the starting image"),
    Option("seed", IMAGES, FIT, INTEGER, passed=True, default=0, commands=_PICTURE,
        minimum=0,
        help="random seed of the noise"),
    Option("content_masks", IMAGES, FIT, TEXT, run_specific=True, values=WORDS, path=READ,
        words=("none",),
        metavar="FILE",
        help="one mask per style image, white where its style is applied to the content; none: "
        "everywhere"),
    Option("style_weight", STYLE, COMPILE, NUMBER, default=defaults.STYLE_WEIGHT, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the style loss"),
    Option("moments_weight", STYLE, COMPILE, NUMBER, default=defaults.MOMENTS_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the mean and spread of each style channel, relative to the Gram matrices; "
        "0: Gram matrices alone, which leave flat areas unchanged"),
    Option("style_weights", STYLE, FIT, NUMBERS, run_specific=True, values=COMMAS, metavar="WEIGHT",
        help="one relative weight per style image, such as 0.7,0.3; with a .keras file that has "
        "learned several paintings, one per painting"),
    Option("style_rotations", STYLE, FIT, INTEGER, default=[0], values=WORDS, metavar="DEGREES",
        commands=_ALL,
        help="rotations of the style images, in multiples of 90 degrees, whose features are "
        "used; 0 90 180 270 offers strokes in every direction"),
    Option("style_masks", STYLE, FIT, TEXT, run_specific=True, values=WORDS, path=READ,
        words=("none",),
        metavar="FILE",
        help="one mask per style image, white where its style is taken from; none: the whole "
        "image"),
    Option("loss", STYLE, COMPILE, TEXT, values=REPEATED, path=CODE,
        commands=_ALL,
        help="loss that replaces the style loss: my_loss.py:MyLoss for a class in a file, or the "
        "name of a loss in the package; repeat the option for several losses. Constructor "
        "arguments follow the name: "
        "my_loss.py:MyLoss,layers=block2_conv1+block3_conv1,weight=20, where + makes a list "
        "and weight is the weight of the loss (default: that of its class). To keep the style "
        "loss, name it too: --loss StyleLoss"),
    Option("style_layers", STYLE, COMPILE, TEXT, default=list(defaults.STYLE_LAYERS), values=WORDS,
        metavar="LAYER",
        commands=_ALL,
        help="VGG16 layers for the style"),
    Option("style_layer_weights", STYLE, COMPILE, NUMBERS, values=COMMAS, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="one weight per style layer; equal by default"),
    Option("epochs", STEPS, FIT, COUNT, passed=True, default=defaults.AUTO,
        minimum=1,
        help="number of epochs, each of which is one run of the optimizer; auto: one per scale or "
        "stage"),
    Option("scales", STEPS, COMPILE, SCALE, default=["auto"], values=WORDS, metavar="SCALE",
        help="fractions of the size to work at: one epoch at each, and further epochs at 1; auto: "
        "halve the size, as in 0.5 1, as long as at least "
        f"{defaults.COARSEST_SIZE} pixels remain"),
    Option("stage", STEPS, COMPILE, TEXT, values=REPEATED,
        help="one stage of the run, instead of --scales, such as "
        "scale=0.5,steps=200,style_loss=2,optimizer=adam,content_detail=yes; each part is "
        "optional, and the names of losses set their weights; repeat the option for each "
        "stage"),
    Option("optimizer", STEPS, COMPILE, TEXT, default="lbfgs", metavar="NAME",
        help="lbfgs: projected L-BFGS; scipy: SciPy's L-BFGS-B; pyramid: Adam on a Laplacian "
        "pyramid; or the name of a Keras optimizer, such as adam"),
    Option("learning_rate", STEPS, COMPILE, NUMBER, metavar="RATE",
        minimum=0,
        help="learning rate of a Keras optimizer, in pixel values; by default "
        f"{defaults.LEARNING_RATE:g}, or {defaults.PYRAMID_LEARNING_RATE:g} for pyramid"),
    Option("save_every", OUTPUT, FILES, INTEGER, metavar="STEPS", commands=_PICTURE,
        minimum=1,
        help="also save the image next to the output every STEPS steps"),
    Option("bit_depth", OUTPUT, FIT, INTEGER, default=8, choices=("8", "16"), commands=_PICTURE,
        help="bits per channel of the result. 16: for further editing and large prints, .png and "
        ".tif only; 8: dithered, so that smooth gradients show no bands"),
    Option("metrics", OUTPUT, COMPILE, NAMES, passed=True, run_specific=True, values=COMMAS,
        metavar="NAME",
        commands=_PICTURE,
        help="metrics to print at the end of every epoch, such as "
        "content_fidelity,gram_distance: the names that nst score prints, or score for all "
        "of them"),
    Option("no_metadata", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=_PICTURE,
        help="embed nothing in the result: neither the settings, which --config can read, nor the "
        "photograph's resolution, artist, copyright, description and date"),
    Option("no_sidecar", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="do not write the sidecar, the settings file next to the result"),
    Option("dump_config", OUTPUT, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="print all settings as a TOML settings file and exit"),
    Option("checkpoint", RESUME, FILES, TEXT, path=WRITTEN, metavar="RUN.npz",
        commands=("transfer",),
        help="save the run to this file after every epoch"),
    Option("checkpoint_every", RESUME, FILES, INTERVAL, metavar="INTERVAL", commands=_PICTURE,
        help="also save the checkpoint within epochs, such as every 50steps, 30s, 10min or 1h"),
    Option("keep_checkpoints", RESUME, FILES, INTEGER, default=1, metavar="NUMBER",
        commands=_PICTURE,
        minimum=1,
        help="number of checkpoints to keep; with 2, the previous one is RUN.1.npz, from which the "
        "run resumes if the last one is damaged"),
    Option("resume", RESUME, COMMAND, TEXT, values=SWITCH, commands=("transfer",),
        help="resume the run from its checkpoint; without one, start a new run"),
    Option("gradient_shares", ADVANCED, COMPILE, NUMBERS, passed=True, values=COMMAS,
        metavar="SHARE",
        commands=_PICTURE,
        minimum=0,
        help="instead of weights: the shares of the content, each style loss and the total "
        "variation in the gradient at the start, such as 0.02,1,0.2,0.0002"),
    Option("tv_weight", ADVANCED, COMPILE, NUMBER, default=defaults.TOTAL_VARIATION_WEIGHT,
        metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="weight of the total variation loss; higher values make the image smoother"),
    Option("content_layers", ADVANCED, COMPILE, TEXT, default=list(defaults.CONTENT_LAYERS),
        values=WORDS, metavar="LAYER",
        commands=_ALL,
        help="VGG16 layers for the content"),
    Option("content_layer_weights", ADVANCED, COMPILE, NUMBERS, values=COMMAS, metavar="WEIGHT",
        minimum=0,
        commands=_ALL,
        help="one weight per content layer; equal by default"),
    Option("network", ADVANCED, COMPILE, TEXT, default="vgg16", path=CODE,
        safe=("vgg16", "random"),
        commands=_ALL,
        help="vgg16, vgg19 (downloaded), random, or a class as for --loss: "
        "my_network.py:MyNetwork,channels=8; random and classes need --content-layers and "
        "--style-layers of their own"),
    Option("weights", ADVANCED, COMPILE, TEXT, default="bundled", path=READ,
        words=("bundled", "imagenet"), safe=("bundled",),
        commands=_ALL,
        help="weights of VGG16 or VGG19: bundled (VGG16 only), imagenet (downloaded), or the path "
        "of a Keras weights file"),
    Option("pooling", ADVANCED, COMPILE, TEXT, default=defaults.POOLING, choices=("max", "avg"),
        commands=_ALL,
        help="pooling of VGG16 and VGG19"),
    Option("precision", ADVANCED, COMPILE, TEXT, passed=True, default=defaults.AUTO,
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
        commands=_ALL,
        help="precision of the network; auto: bfloat16 where the hardware supports it, which is "
        "faster"),
    Option("tile_size", ADVANCED, COMPILE, TILE_SIZE, passed=True, default="auto", metavar="PIXELS",
        minimum=32,
        help="evaluate the image in tiles: auto (if memory is short), none, or the tile size in "
        "pixels"),
    Option("tileable", ADVANCED, COMPILE, ON_OR_OFF, passed=True, default=False, values=SWITCH,
        commands=_PICTURE,
        help="make a result that tiles without seams, for backgrounds and textures (such as with "
        "--preset texture); height and width are rounded to multiples of the network's stride, "
        "16 pixels for VGG16"),
    Option("callback", ADVANCED, FILES, TEXT, values=REPEATED, path=CODE, commands=_PICTURE,
        help="callback for the run: my_callback.py:MyCallback,every=10, or the name of a callback "
        "in the package; repeat the option for several callbacks"),
    Option("allow_code", ADVANCED, COMMAND, TEXT, values=SWITCH,
        help="run the Python files that --config names, such as a loss in my_loss.py; without "
        "it, only files named on the command line are run"),
    Option("traceback", ADVANCED, COMMAND, TEXT, values=SWITCH, commands=(*_ALL, "score",
        "app"),
        help="if an error occurs, also print its traceback"),
)
# fmt: on

SETTINGS = {option.name: option for option in OPTIONS if option.use is not Use.COMMAND}
"""The options that a settings file may contain, by name."""


def options_of(command: str) -> list[Option]:
    """The options of a command."""
    return [option for option in OPTIONS if command in option.commands]


def settings_for(*uses: Use) -> set[str]:
    """The names of the settings with one of these uses."""
    return {name for name, option in SETTINGS.items() if option.use in uses}
