"""Find the names that a function's code uses, without running it."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from helpers.pretended_gpu import is_own_file

# Names and words without which code makes no tensor on the CPU (see helpers.pretended_gpu).
_MAKES_ON_CPU = frozenset(
    (
        *("tensor", "as_tensor", "asarray", "from_numpy", "Tensor", "FloatTensor", "Generator"),
        *("zeros", "ones", "full", "empty", "eye", "arange", "linspace", "logspace"),
        *("rand", "randn", "randint", "randperm", "normal", "hann_window", "distributions"),
        *("Normal", "Uniform", "Bernoulli", "Categorical", "MultivariateNormal"),
        *("cpu", "numpy", "np", "scipy", "array"),
    )
)


def codes_of(subject: Any, names: Mapping[str, Any] | None = None) -> list[CodeType]:
    """The code of a function or class, and of what it uses; not of Python, packages, helpers.

    Args:
        subject: a function or a class; other objects have no code.
        names: the globals that count as used when they are named; by default each function's own.
    """
    found: list[CodeType] = []
    left, seen = [subject], set()
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        for function in _functions(each):
            known = function.__globals__ if names is None else names
            for code in _nested(function.__code__):
                found.append(code)
                left += [known[name] for name in code.co_names if name in known]
            left += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return found


def called(subject: Any, wanted: Iterable[str], names: Mapping[str, Any]) -> list[str]:
    """Those of the wanted globals that a function uses, directly or through other functions."""
    used = {name for code in codes_of(subject, names) for name in code.co_names}
    return [name for name in wanted if name in used]


def are_of_one_cell(one: Any, other: Any) -> bool:
    """Whether two functions or classes were defined by the same cell of a notebook."""
    places = [{f.__code__.co_filename for f in _functions(each)} for each in (one, other)]
    return not places[0].isdisjoint(places[1])


def asks_for_cuda(codes: Iterable[CodeType]) -> bool:
    """Whether the code names a GPU itself, as in ``.cuda()``."""
    return not {"cuda", "cuda:0"}.isdisjoint(_words(codes))


def may_make_on_cpu(codes: Iterable[CodeType]) -> bool:
    """Whether the code may make a tensor on the CPU whatever its arguments are on."""
    return not _MAKES_ON_CPU.isdisjoint(_words(codes))


def _words(codes: Iterable[CodeType]) -> set[str]:
    return {
        word
        for code in codes
        for word in (*code.co_names, *code.co_consts)
        if isinstance(word, str)
    }


def _functions(thing: Any) -> Iterator[FunctionType]:
    parts = vars(thing).values() if isinstance(thing, type) else (thing,)
    for part in parts:
        if isinstance(part, property):
            part = part.fget
        part = getattr(part, "__func__", part) if _is_bound(part) else part
        if isinstance(part, FunctionType):
            plain = inspect.unwrap(part)
            plain = plain if isinstance(plain, FunctionType) else part
            if is_own_file(plain.__code__.co_filename):
                yield plain


def _is_bound(part: Any) -> bool:
    return inspect.ismethod(part) or isinstance(part, (staticmethod, classmethod))


def _is_filled(cell: Any) -> bool:
    try:
        return isinstance(cell.cell_contents, (FunctionType, type))
    except ValueError:  # assigned later
        return False


def _nested(code: CodeType) -> Iterator[CodeType]:
    left = [code]
    while left:
        each = left.pop()
        yield each
        left += [const for const in each.co_consts if isinstance(const, CodeType)]
