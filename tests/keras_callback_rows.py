"""The table of docs/callbacks.md: `python tests/keras_callback_rows.py` writes it.

tests/callbacks/test_every_keras_callback.py proves each row, and that none is missing.
"""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "callbacks.md"

L_BFGS = (
    "With an optimizer of Keras; the learning rate is in pixel values. Refused with "
    "`ProjectedLBFGS` and `ScipyLBFGSB`, which find the length of each step by themselves: leave "
    "it out there."
)

ROWS = {
    "BackupAndRestore": (
        "works",
        "Call `fit` again as before: a run that was killed resumes from its last backup, and the "
        "result is the same bit for bit, also with backups between steps (`save_freq`); with "
        "SciPy's solver, an epoch that was interrupted begins again. After Ctrl-C or an error, "
        "the backup stays; otherwise it is deleted when the run ends.",
    ),
    "CSVLogger": ("works", "Keras adds an empty `val_` column for each name."),
    "Callback": ("works", "The base class of your own."),
    "CallbackList": ("works", "Its callbacks are taken as if they were in a list."),
    "EarlyStopping": (
        "works",
        'On `"loss"` and the name of any loss, without `mode`. With several `scales`, pass '
        "`start_from_epoch`, because losses at different sizes do not compare.",
    ),
    "History": ("works", "`fit` returns it instead of one of its own."),
    "LambdaCallback": ("works", "A step is what Keras calls a batch."),
    "LearningRateScheduler": ("works", L_BFGS),
    "ModelCheckpoint": (
        "works",
        "Saves the whole run, from which `fit(resume_from=...)` resumes and to which "
        "`trainer.load_weights` goes back. Keras insists on file names that end in `.keras`, or in "
        "`.weights.h5` with `save_weights_only`; in either case the file has the format of "
        '`Checkpoint`, `.npz`. With `save_best_only`, pass `monitor="loss"` or the name of a loss; '
        "with several `scales`, losses at different sizes do not compare. File names may have "
        "`{epoch}`, `{loss}` and the names of losses.",
    ),
    "OrbaxCheckpoint": (
        "refused",
        "It saves the variables of a Keras model. Use `ModelCheckpoint` or `Checkpoint`.",
    ),
    "ProgbarLogger": (
        "works",
        "Prints beside what `verbose` prints; with `verbose=0`, nothing.",
    ),
    "ReduceLROnPlateau": ("works", L_BFGS),
    "RemoteMonitor": ("works", "Needs the package `requests`."),
    "SwapEMAWeights": (
        "refused",
        "It swaps a network's weights for their moving average, and a run changes no weights. "
        "`trainer.best_image` is the image with the lowest loss.",
    ),
    "TensorBoard": (
        "works",
        "The loss and its terms at each epoch and, with `update_freq`, between. Needs TensorFlow "
        "and `pip install '.[tensorboard]'`. Place it after `LearningRateScheduler` to "
        "have the learning rate, too. `histogram_freq` and `embeddings_freq` are refused, since no "
        "weights change; `TensorBoardImages` shows the picture.",
    ),
    "TerminateOnNaN": (
        "works",
        "A run ends by itself at a loss that is not finite, with a warning that names the term.",
    ),
}
"""For each callback of Keras: whether it works on a run, and what it needs or why not."""

TEXT = """\
# Callbacks

`fit` takes callbacks from Keras, from `nst_framework.callbacks`, and your own. They find the
trainer as `self.model`; what Keras calls a batch is one step of the optimizer.

## Keras's own

The tests run each of them. What is refused is refused before the first step, with an error that
says what to use instead.

{table}

## The package's own

Each is in `nst_framework.callbacks`; its docstring has its arguments.

| | what it is for | needs |
|---|---|---|
| `Checkpoint` | saves the run at every epoch's end, or more often, for `fit(resume_from=...)` | |
| `ComparisonFigure` | draws content, styles and image side by side, live in a notebook | |
| `ImageSaver` | saves the image every few steps or epochs | |
| `LiveFigure` | draws the image and its losses every few seconds, live in a notebook | |
| `LossCurves` | draws the loss and its terms over the steps, live in a notebook | |
| `Preview` | writes the picture as it grows, every few seconds | |
| `StepHistory` | keeps the loss and its terms at every step; `fit` returns those of every epoch | |
| `TensorBoardImages` | shows in TensorBoard how it forms | `pip install '.[tensorboard]'` |
| `VideoSaver` | saves how it forms, as GIF, WebP or MP4 | unless GIF: `pip install '.[video]'` |

## What a callback finds

The events are those of `keras.callbacks.Callback` for training. Callbacks that save the run
(`Checkpoint`, `ModelCheckpoint`, `BackupAndRestore`, and yours if it has `saves_the_run = True`)
come last, so that what they save includes what the others did. `logs` has `loss`, each loss by its
name, weighted, with several `scales` the `size`, and at the end of an epoch each metric.
Besides `image`, `best_image`, `state` and `run`, `self.model` has what Keras's callbacks and
trackers such as MLflow's look for:

| `self.model.` | what it is on a trainer |
|---|---|
| `stop_training` | set it to true to end the run after the step |
| `interrupt_training` | set it to true to end it like Ctrl-C, but between two steps |
| `get_weights()`, `set_weights(...)` | the image, as `[array (1, height, width, 3)]` |
| `save(path)`, `save_weights(path)` | the whole run to one file, whatever its extension |
| `load_weights(path)` | puts the run back to where it was saved |
| `summary(print_fn=...)` | network, shapes, losses and weights, optimizer, memory |
| `optimizer.learning_rate` | with an optimizer of Keras |
| `optimizer.iterations` | the number of steps that the run has made, a `keras.Variable` |
| `optimizer.get_config()` | the optimizer's settings |
| `history`, `built` | as in Keras |

W&B's `WandbMetricsLogger` logs the learning rate, so it works with an optimizer of Keras and is
refused with `ProjectedLBFGS` and `ScipyLBFGSB`. There, use
`keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: wandb.log(logs))`.
"""


def render() -> str:
    """The page, as docs/callbacks.md has it."""
    lines = ["| `keras.callbacks` | | what it needs, or why not |", "|---|---|---|"]
    lines += [f"| `{name}` | {status} | {text} |" for name, (status, text) in ROWS.items()]
    return TEXT.format(table="\n".join(lines))


if __name__ == "__main__":
    PAGE.write_text(render())
