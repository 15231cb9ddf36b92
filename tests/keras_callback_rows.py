"""The table of docs/callbacks.md: `python tests/keras_callback_rows.py` writes it.

tests/callbacks/test_every_keras_callback.py proves each row, and that none is missing.
"""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "callbacks.md"

L_BFGS = (
    "With a Keras optimizer; the learning rate is in pixel values. Refused with `ProjectedLBFGS` "
    "and `ScipyLBFGSB`, which determine the step length themselves: omit it there."
)

ROWS = {
    "BackupAndRestore": (
        "works",
        "Call `fit` again as before: a killed run resumes from its last backup, with the same "
        "result bit for bit, also with backups between steps (`save_freq`). With SciPy's solver, "
        "an interrupted epoch restarts. After Ctrl-C or an error, the backup is kept; "
        "otherwise, it is deleted when the run ends.",
    ),
    "CSVLogger": ("works", "Keras adds an empty `val_` column for each name."),
    "Callback": ("works", "The base class for your own callbacks."),
    "CallbackList": ("works", "Treated as a list of its callbacks."),
    "EarlyStopping": (
        "works",
        'On `"loss"` and the name of any loss, without `mode`. With several `scales`, pass '
        "`start_from_epoch`, because losses at different sizes are not comparable.",
    ),
    "History": ("works", "`fit` returns it instead of a new one."),
    "LambdaCallback": ("works", "A batch is one step."),
    "LearningRateScheduler": ("works", L_BFGS),
    "ModelCheckpoint": (
        "works",
        "Saves the whole run, for `fit(resume_from=...)` and `trainer.load_weights`. Keras "
        "requires file names that end in `.keras`, or in `.weights.h5` with `save_weights_only`; "
        "either way, the file has the format of `Checkpoint`, `.npz`. With `save_best_only`, pass "
        '`monitor="loss"` or the name of a loss; with several `scales`, losses at different sizes '
        "are not comparable. File names may contain `{epoch}`, `{loss}` and the names of losses.",
    ),
    "OrbaxCheckpoint": (
        "refused",
        "It saves the variables of a Keras model. Use `ModelCheckpoint` or `Checkpoint`.",
    ),
    "ProgbarLogger": (
        "works",
        "Prints in addition to the output of `verbose`; with `verbose=0`, prints nothing.",
    ),
    "ReduceLROnPlateau": ("works", L_BFGS),
    "RemoteMonitor": ("works", "Needs the package `requests`."),
    "SwapEMAWeights": (
        "refused",
        "It replaces a network's weights with their moving average, but a run changes no weights. "
        "`trainer.best_image` is the image with the lowest loss.",
    ),
    "TensorBoard": (
        "works",
        "Logs the loss and its terms at each epoch and, with `update_freq`, in between. Needs "
        "TensorFlow and `pip install '.[tensorboard]'`. Place it after `LearningRateScheduler` to "
        "log the learning rate, too. `histogram_freq` and `embeddings_freq` are refused, because "
        "no weights change; `TensorBoardImages` shows the picture.",
    ),
    "TerminateOnNaN": (
        "works",
        "Not needed: a run ends at a non-finite loss anyway, with a warning that names the term.",
    ),
}
"""For each Keras callback: whether it works, and its requirements or the reason why not."""

TEXT = """\
# Callbacks

`fit` accepts callbacks from Keras, from `nst_framework.callbacks`, and your own. `self.model` is
the trainer, and a batch is one optimizer step.

## Keras's own

The tests run each of them. Unsupported callbacks are refused before the first step, with an error
that suggests an alternative.

{table}

## The package's own

All are in `nst_framework.callbacks`; the [reference](api/callbacks.md) lists their arguments.

| callback | purpose | needs |
|---|---|---|
| `Checkpoint` | saves the run at every epoch's end, or more often, for `fit(resume_from=...)` | |
| `ComparisonFigure` | draws content, styles and image side by side, live in a notebook | |
| `ImageSaver` | saves the image every few steps or epochs | |
| `LiveFigure` | draws the image and its losses every few seconds, live in a notebook | |
| `LossCurves` | draws the loss and its terms over the steps, live in a notebook | |
| `Preview` | writes the picture as it forms, every few seconds | |
| `StepHistory` | records the losses of every step; `fit` returns those of every epoch | |
| `TensorBoardImages` | shows the picture forming in TensorBoard | `pip install '.[tensorboard]'` |
| `VideoSaver` | saves a GIF, WebP or MP4 video | unless GIF: `pip install '.[video]'` |

## What a callback can use

The events are the training events of `keras.callbacks.Callback`. Callbacks that save the run
(`Checkpoint`, `ModelCheckpoint`, `BackupAndRestore`, and yours if it sets `saves_the_run = True`)
run last, so that they include the effects of the others. `logs` contains `loss`, each weighted loss
by name, the `size` with several `scales`, and each metric at the end of an epoch. Besides `image`,
`best_image`, `state` and `run`, `self.model` offers the attributes that Keras's callbacks and
trackers such as MLflow's use:

| `self.model.` | meaning |
|---|---|
| `stop_training` | set to true to end the run after the step |
| `interrupt_training` | set to true to end the run like Ctrl-C, but between two steps |
| `get_weights()`, `set_weights(...)` | the image, as `[array (1, height, width, 3)]` |
| `save(path)`, `save_weights(path)` | the whole run to one file, whatever its extension |
| `load_weights(path)` | restores the saved run |
| `summary(print_fn=...)` | network, shapes, losses and weights, optimizer, memory |
| `optimizer.learning_rate` | with a Keras optimizer |
| `optimizer.iterations` | the number of steps made, a `keras.Variable` |
| `optimizer.get_config()` | the optimizer's settings |
| `history`, `built` | as in Keras |

W&B's `WandbMetricsLogger` logs the learning rate, so it works with Keras optimizers but is refused
with `ProjectedLBFGS` and `ScipyLBFGSB`. Use this instead:
`keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: wandb.log(logs))`.
"""


def render() -> str:
    """The page, as docs/callbacks.md has it."""
    lines = ["| `keras.callbacks` | | requirements, or why not |", "|---|---|---|"]
    lines += [f"| `{name}` | {status} | {text} |" for name, (status, text) in ROWS.items()]
    return TEXT.format(table="\n".join(lines))


if __name__ == "__main__":
    PAGE.write_text(render())
