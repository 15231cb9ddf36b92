"""The one place that knows which Keras backend runs: compiled values and gradients.

Keras has no public function for gradients, so each backend's own is called here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Function = Callable[[Any], tuple[Any, dict[str, Any]]]
ValueAndGradient = Callable[[np.ndarray], tuple[Any, dict[str, Any], Any]]


def value_and_gradient(function: Function) -> ValueAndGradient:
    """Compiles a function of an image together with its gradient.

    The compiled function is traced once for each shape and type of its argument. Tensors that
    `function` closes over, such as weights and targets, are kept with it. PyTorch runs the function
    as it is, without compiling it.

    Example:
    ```python
    evaluate = value_and_gradient(lambda image: (keras.ops.sum(image**2), {}))
    value, terms, gradient = evaluate(image)
    ```

    Args:
        function: `image -> (value, terms)`: a scalar and a dictionary of further scalars.

    Returns:
        `image -> (value, terms, gradient)`. It takes a NumPy array and returns what `function`
        returns and the gradient of the value, all of them tensors of the backend.

    Raises:
        ValueError: If Keras runs on a backend other than TensorFlow, JAX or PyTorch.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _with_tensorflow(function)
    if backend == "jax":
        return _with_jax(function)
    if backend == "torch":
        return _with_torch(function)
    raise ValueError(
        "Expected Keras to run on 'tensorflow', 'jax' or 'torch', which can differentiate. "
        f"Received: KERAS_BACKEND={backend!r}. Set the environment variable KERAS_BACKEND to one "
        "of the three before Keras is imported."
    )


def _with_tensorflow(function: Function) -> ValueAndGradient:
    import tensorflow as tf

    @tf.function(autograph=False)
    def evaluate(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            value, terms = function(image)
        return value, terms, tape.gradient(value, image, unconnected_gradients="zero")

    return lambda image: evaluate(tf.constant(image))


def _with_jax(function: Function) -> ValueAndGradient:
    import jax

    compiled = jax.jit(jax.value_and_grad(function, has_aux=True))

    def evaluate(image: np.ndarray) -> Any:
        (value, terms), gradient = compiled(image)
        return value, terms, gradient

    return evaluate


def _with_torch(function: Function) -> ValueAndGradient:
    import torch

    def evaluate(image: np.ndarray) -> Any:
        variable = keras.ops.convert_to_tensor(image).clone().requires_grad_(True)
        with torch.enable_grad():
            value, terms = function(variable)
        # An image that the losses do not depend on has a gradient of zero, as in the others.
        (gradient,) = torch.autograd.grad(value, variable, materialize_grads=True)
        return value, terms, gradient

    return evaluate
