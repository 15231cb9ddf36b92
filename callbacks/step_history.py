"""Records the losses of every step."""

from __future__ import annotations

import keras


class StepHistory(keras.callbacks.Callback):
    """Records the losses of every step. As in Keras, `fit` returns only those of every epoch.

    Example:
    ```python
    steps = StepHistory()
    trainer.fit(content, style, callbacks=[steps])
    plt.plot(steps.steps, steps.history["loss"])
    ```

    Attributes:
        steps: The number of each step, from 1, counted over all epochs.
        history: `{name: [value at each step]}` for the loss, its terms, and with several scales
            the `size`.
    """

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts with an empty history."""
        self.steps: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses of the step."""
        step = self.model.state.step
        if self.steps and self.steps[-1] == step:
            return  # No trial was accepted as a step.
        self.steps.append(step)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
