"""Keeps the losses of every step."""

from __future__ import annotations

import keras


class StepHistory(keras.callbacks.Callback):
    """Keeps the losses of every step; `fit` returns those at the end of each epoch, as in Keras.

    Example:
    ```python
    steps = StepHistory()
    trainer.fit(content, style, callbacks=[steps])
    plt.plot(steps.steps, steps.history["loss"])
    ```

    Attributes:
        steps: The number of each step, from 1, counted over all epochs.
        history: `{name: [value at each step]}`: the loss, its terms, and the `size` if there are
            several scales.
    """

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts with an empty history."""
        self.steps: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Keeps the losses of the step."""
        step = self.model.state.step
        if self.steps and self.steps[-1] == step:
            return  # trials that led to no step
        self.steps.append(step)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
