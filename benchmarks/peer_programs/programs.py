"""Commands of the programs with which `benchmarks/peers.py` compares ours.

Each program runs on the CPU as its authors published it. If a script lacks an option that is
needed, an edited copy runs instead. `standins` replaces torchvision, so that all programs use the
same weights of VGG16. The loss is the peer's own objective for a saved image, computed by its own
code.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

STANDINS = Path(__file__).parent / "standins"


@dataclass(frozen=True)
class Task:
    """The inputs of a program.

    Attributes:
        folder: The checkout.
        python: The interpreter that runs it.
        content, style: The resized images.
        width, height: The size of the content.
        weights: VGG16's weights, an .npz file in Keras's layout, with a .pth file beside it.
        work: An empty folder in which the program runs.
    """

    folder: Path
    python: str
    content: Path
    style: Path
    width: int
    height: int
    weights: Path
    work: Path

    @property
    def size(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the peer finds stand-ins, its own modules and the weights."""
        paths = (STANDINS, self.folder)
        return {"PYTHONPATH": ":".join(map(str, paths)), "PEER_WEIGHTS": str(self.weights)}


@dataclass(frozen=True)
class Peer:
    """One of the other programs.

    Attributes:
        steps: A description of its defaults.
        run: The command for a share of the default's steps, which writes `out.png`.
        loss: The command that prints `Total loss: …` for an image, if it has a single objective.
        ours: Presets and options of our runs, by their names in the table.
        differs: Differences from the published program.
    """

    steps: str
    run: Callable[[Task, float], list[str]]
    loss: Callable[[Task, Path], list[str]] | None
    ours: dict[str, str]
    differs: str


def edited(task: Task, script: str, edits: dict[str, str]) -> str:
    """The path of an edited copy of a peer's script."""
    text = (task.folder / script).read_text(encoding="utf-8")
    for old, new in edits.items():
        if old not in text:
            raise SystemExit(
                f"Expected {script} to contain {old!r}. Received: {task.folder}, whose script does "
                "not. Use the version given in docs/beside-other-programs.md."
            )
        text = text.replace(old, new)
    path = task.work / script
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _neural_style_pt(task: Task, steps: int, *options: str) -> list[str]:
    # The loader selects the network by words and digits in the path, so the path is relative.
    (task.work / "vgg16.pth").symlink_to(task.weights.with_suffix(".pth"))
    command = [task.python, str(task.folder / "neural_style.py"), "-model_file", "vgg16.pth"]
    command += ["-content_image", str(task.content), "-style_image", str(task.style)]
    command += ["-image_size", str(task.size), "-gpu", "c", "-seed", "0", "-disable_check"]
    return [*command, "-num_iterations", str(steps), *options]


def _run_neural_style_pt(task: Task, share: float) -> list[str]:
    return _neural_style_pt(task, round(1000 * share))


def _loss_neural_style_pt(task: Task, picture: Path) -> list[str]:
    options = ("-init", "image", "-init_image", str(picture), "-print_iter", "1")
    return _neural_style_pt(task, 1, *options)


def _run_nnst(task: Task, share: float) -> list[str]:
    with Image.open(task.style) as style:
        shortest = min(task.width, task.height, *style.size)
    edits = {
        "sz = 512": f"sz = {task.size}",
        "max_iter=200": f"max_iter={round(200 * share)}",
        # Its CUDA calls fail if PyTorch has no CUDA, even with --cpu.
        "torch.cuda.synchronize()\n": "",
    }
    script = edited(task, "styleTransfer.py", edits)
    # Python searches the script's folder first, so this copy takes precedence over the original.
    shutil.copytree(task.folder / "utils", task.work / "utils")
    levels = min(8, shortest.bit_length() - 1)
    edited(task, "utils/stylize.py", {"pyr_levs = 8": f"pyr_levs = {levels}"})
    edited(task, "utils/zca.py", {".cuda()": ""})
    command = [task.python, script, "--cpu", "--output_path", "out.png"]
    return [*command, "--content_path", str(task.content), "--style_path", str(task.style)]


def _run_style_transfer_pytorch(task: Task, share: float) -> list[str]:
    command = [task.python, "-m", "style_transfer.cli", str(task.content), str(task.style)]
    command += ["--end-scale", str(task.size), "--devices", "cpu", "--output", "out.png"]
    steps = ("--initial-iterations", str(round(1000 * share)))
    return [*command, *steps, "--iterations", str(round(500 * share))]


STYLE_TRANSFER_PYTORCH_LOSS = """
import sys
from PIL import Image
from torchvision.transforms import functional
from style_transfer.style_transfer import ContentLossMSE, StyleLossW2, StyleTransfer, TVLoss

program = StyleTransfer()
tensors = [functional.to_tensor(Image.open(path).convert("RGB"))[None] for path in sys.argv[1:]]
content, style, picture = map(program.model, tensors)
loss = 2 * TVLoss()(picture["input"])
for layer in program.content_layers:
    loss += 0.015 * ContentLossMSE(content[layer])(picture[layer])
for layer, weight in zip(program.style_layers, program.style_weights):
    loss += weight * StyleLossW2(StyleLossW2.get_target(style[layer]))(picture[layer])
print("Total loss:", loss.item())
"""


def _loss_style_transfer_pytorch(task: Task, picture: Path) -> list[str]:
    images = map(str, (task.content, task.style, picture))
    return [task.python, "-c", STYLE_TRANSFER_PYTORCH_LOSS, *images]


KERAS_MODEL = """model = keras.applications.VGG16(weights=None, include_top=False)
with np.load({weights!r}) as arrays:
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([arrays[layer.name + "/kernel"], arrays[layer.name + "/bias"]])"""


def _keras_edits(task: Task, steps: int) -> dict[str, str]:
    photograph = 'keras.utils.get_file("paris.jpg", "https://i.imgur.com/F28w3Ac.jpg")'
    painting = 'keras.utils.get_file(\n    "starry_night.jpg", "https://i.imgur.com/9ooB60I.jpg"\n)'
    return {
        photograph: json.dumps(str(task.content)),
        painting: json.dumps(str(task.style)),
        "img_nrows = 400": f"img_nrows = {task.height}",
        'model = vgg19.VGG19(weights="imagenet", include_top=False)': KERAS_MODEL.format(
            weights=str(task.weights)
        ),
        "from IPython.display import Image, display": "Image = display = str",
        "iterations = 4000": f"iterations = {steps}",
        "i % 100 == 0": "i % 100 == 0 or i == iterations",
        'fname = result_prefix + "_at_iteration_%d.png" % i': 'fname = "out.png"',
    }


def _run_keras_tutorial(task: Task, share: float) -> list[str]:
    edits = _keras_edits(task, round(4000 * share))
    return [sys.executable, edited(task, KERAS_SCRIPT, edits)]


def _loss_keras_tutorial(task: Task, picture: Path) -> list[str]:
    path = Path(edited(task, KERAS_SCRIPT, _keras_edits(task, 0)))
    images = f"preprocess_image({str(picture)!r}), base_image, style_reference_image"
    with path.open("a", encoding="utf-8") as file:
        file.write(f'print("Total loss:", float(compute_loss({images})))\n')
    return [sys.executable, str(path)]


VARIATION = Path(__file__).with_name("absolute_variation.py")
# Its Gram matrices are also divided by the number of channels; its means are not halved.
GRAM_WEIGHTS = "+".join(str(400 / channels**2) for channels in (64, 128, 256, 512, 512))
NEURAL_STYLE_PT_OBJECTIVE = (
    "default --pooling max --content-weight 10 --tv-weight 0 --epochs 1 --steps-per-epoch 50 "
    f"--loss StyleLoss,layer_weights={GRAM_WEIGHTS} "
    f"--loss {VARIATION}:AbsoluteVariation,weight=0.001"
)
KERAS_SCRIPT = "examples/generative/neural_style_transfer.py"
GIVEN_WEIGHTS = "VGG16's weights as converted by this benchmark"
PEERS = {
    "neural-style-pt": Peer(
        "1000 iterations of L-BFGS from noise",
        _run_neural_style_pt,
        _loss_neural_style_pt,
        {"default": "default", "its objective, 50 steps": NEURAL_STYLE_PT_OBJECTIVE},
        f"{GIVEN_WEIGHTS}, in place of VGG19's; seed 0",
    ),
    "nnst": Peer(
        "200 steps of Adam at 4 scales, and 200 in feature splitting",
        _run_nnst,
        None,
        {"neighbors": "neighbors"},
        f"{GIVEN_WEIGHTS}, in place of torchvision's; the size, which is 512 in the script; "
        "below 256 pixels, fewer pyramid levels; no CUDA calls",
    ),
    "style-transfer-pytorch": Peer(
        "1000 steps of Adam at the first scale, and 500 at each further one",
        _run_style_transfer_pytorch,
        _loss_style_transfer_pytorch,
        {"default": "default"},
        f"{GIVEN_WEIGHTS}, in place of VGG19's",
    ),
    "keras-tutorial": Peer(
        "4000 steps of gradient descent",
        _run_keras_tutorial,
        _loss_keras_tutorial,
        {"default": "default"},
        f"{GIVEN_WEIGHTS}, in place of VGG19's; the images, the size and the output's name",
    ),
}
