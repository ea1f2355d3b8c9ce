"""A student's network with weights in it, here or in the sandbox."""

from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from autograder.judging.compare import about, raised
from autograder.judging.numbers import as_numbers
from autograder.judging.trained.rejection import NotAttempted, Refused, StudentError
from autograder.judging.trained.weights import differences

# Rows asked at once. Tensors over 32 MB would be returned to Linux after each layer and taken anew.
BATCH = 100
MOST = 10_000  # numbers for one input


class Network:
    """build: the student's class or function, called with `arguments`; place: for sentences."""

    def __init__(self, build: Callable, arguments: tuple, place: str) -> None:
        self.place, self.name = place, getattr(build, "__name__", "the class")
        self.module = self._call(build, *arguments)
        if not (hasattr(type(self.module), "load_weights") or _is_here(self.module)):
            raise Refused(
                "no network", f"{self.name} returns no torch module to load weights into."
            )

    def load(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Give it these weights, and put it in evaluation mode.

        Returns them in the order of its layers, which a file does not keep.
        """
        if _is_here(self.module):
            shapes = self._call(_shapes_of, self.module)
        else:
            shapes = self._call(self.module.state_shapes)
        if not _are_shapes(shapes):
            raise Refused("no network", f"{self.name} returns no torch module that can be saved.")
        differences(shapes, tensors, self.place)
        if _is_here(self.module):
            self._call(self.module.load_state_dict, tensors)
        else:
            self._call(self.module.load_weights, tensors)
        self.module.eval()
        return {key: tensors[key] for key in shapes}

    def ask(
        self, *inputs: Tensor, method: str | None = None, batch: int = BATCH
    ) -> Tensor | tuple[Tensor, ...]:
        """What it gives for rows of inputs, asked in batches: (N, K) float32, or a tuple of them.

        The values are the student's: nothing is known of them but that they are finite numbers,
        K of them for each row of the inputs. It gets copies: what it writes into them is lost.
        """
        function = self.module if method is None else self._call(getattr, self.module, method)
        parts = [
            self._rows(self._call(function, *(row.clone() for row in rows)), len(rows[0]), method)
            for rows in zip(*(each.split(batch) for each in inputs), strict=True)
        ]
        single = not isinstance(parts[0], tuple)
        parts = [part if isinstance(part, tuple) else (part,) for part in parts]
        if len({tuple(each.shape[1] for each in part) for part in parts}) > 1:
            raise Refused("another result", f"{self._asked(method)} rows of several lengths.")
        results = tuple(torch.cat(each) for each in zip(*parts, strict=True))
        return results[0] if single else results

    def _rows(self, result, rows, method):
        if isinstance(result, (tuple, list)):
            if not 1 < len(result) < 4:
                raise Refused("another result", f"{self._asked(method)} {len(result)} results.")
            return tuple(self._rows(each, rows, method) for each in result)
        numbers = as_numbers(result) if isinstance(result, torch.Tensor) else None
        if numbers is None:
            raise Refused(
                "another result",
                f"{self._asked(method)} no tensor of numbers that can be measured.",
            )
        if numbers.dim() == 0 or len(numbers) != rows or numbers.numel() > rows * MOST:
            shape = tuple(numbers.shape)
            raise Refused(
                "another result", f"{self._asked(method)} the shape {shape} for {rows} inputs."
            )
        if not torch.isfinite(numbers).all():
            raise Refused(
                "not finite", f"{self._asked(method)} nan or inf: did the training diverge?"
            )
        return numbers.reshape(rows, -1).float()

    def _asked(self, method):
        return f"With the weights of {self.place}, {method or 'the network'} gives"

    def _call(self, function, *arguments):
        """Call what is the student's; what it raises is the student's, too."""
        try:
            with torch.no_grad():
                return function(*arguments)
        except NotImplementedError as error:
            if str(error):
                raise StudentError(about(raised(error))) from None
            raise NotAttempted(f"{self.name} is still to be written") from None
        except Exception as error:  # whatever student code raises
            raise StudentError(about(raised(error))) from None


def _is_here(module):
    return isinstance(module, torch.nn.Module) and not hasattr(type(module), "load_weights")


def _shapes_of(module):
    return {key: tuple(each.shape) for key, each in module.state_dict().items()}


def _are_shapes(shapes):
    """Whether this is {name: (sides)}; what a class says of itself may be anything."""
    return type(shapes) is dict and all(
        type(name) is str
        and type(shape) is tuple
        and all(type(side) is int and 0 <= side < 2**40 for side in shape)
        for name, shape in shapes.items()
    )


def same_shape_draws(tensors: Mapping[str, Tensor], source: Generator) -> dict[str, Tensor]:
    """Other weights of the same shapes: each tensor drawn anew with its mean and deviation."""
    drawn = {}
    for key, tensor in tensors.items():
        if not tensor.is_floating_point():
            drawn[key] = tensor
        elif tensor.dim() < 2:
            # In another order: a variance stays positive.
            drawn[key] = tensor.flatten()[torch.randperm(tensor.numel(), generator=source)]
            drawn[key] = drawn[key].reshape(tensor.shape)
        else:
            noise = torch.randn(tensor.shape, generator=source)
            values = tensor.float()
            drawn[key] = (values.mean() + values.std() * noise).to(tensor.dtype)
    return drawn


def nearly_the_same(
    tensors: Mapping[str, Tensor], source: Generator, share: float = 1e-3
) -> dict[str, Tensor]:
    """The weights, each changed by about a thousandth of itself."""
    return {
        key: tensor
        if not tensor.is_floating_point()
        else (tensor.float() * (1 + share * torch.randn(tensor.shape, generator=source))).to(
            tensor.dtype
        )
        for key, tensor in tensors.items()
    }
