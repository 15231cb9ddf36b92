"""Your own callback: a video of the picture taking shape.

Run it with `python examples/custom_callback.py`; it writes `outputs/video.gif`.
"""

from __future__ import annotations

from pathlib import Path

from nst_framework import (
    ContentLoss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)

import imageio.v3 as iio
import keras

IMAGES = Path(__file__).parent / "images"


class GIFSaver(keras.callbacks.Callback):
    """Collects the image every few steps and writes a video at the end.

    It is an ordinary Keras callback: `self.model` is the trainer, and a batch is a step.
    """

    def __init__(self, path, every=2):
        super().__init__()
        self.path = Path(path)
        self.every = every

    def on_train_begin(self, logs=None):
        """Starts the video with the run's starting image."""
        self.frames = [self.model.image]

    def on_train_batch_end(self, batch, logs=None):
        """Collects the image every few steps."""
        if batch % self.every == 0:
            self.frames.append(self.model.image)

    def on_train_end(self, logs=None):
        """Writes the video with 80 ms per frame and two seconds for the last one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        durations = [80] * (len(self.frames) - 1) + [2000]
        iio.imwrite(self.path, self.frames, duration=durations, loop=0)


def main() -> None:
    """Makes a small picture and its video."""
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), StyleLoss(), TotalVariationLoss()])
    trainer.fit(
        IMAGES / "coffee.png",
        IMAGES / "stained_glass.jpg",
        size=256,
        epochs=1,
        steps_per_epoch=60,
        callbacks=[GIFSaver("outputs/video.gif")],
    )


if __name__ == "__main__":
    main()
