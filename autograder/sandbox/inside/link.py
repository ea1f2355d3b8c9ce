"""Request and answer between the two sides, with requests nested in requests.

Only one side computes at a time: the side that has asked serves the other's requests until its
answer comes. Every message carries what its sender has changed in the shared tensors.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from . import wire
from .describe import Description
from .gradients import Graphs, Step, attach
from .ledger import Ledger, same
from .values import Packer, Tree, Unpacker
from .wire import Header

# The body of an answer, and the packer with its tensors.
Answer = tuple[Any, Packer]

TEXT = 300


class Held:
    """This side's objects that the other side can name, by identity."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self._numbers = prefix, itertools.count()
        self.clear()

    def clear(self) -> None:
        """Forget all objects; their identities are not used again."""
        self._objects: dict[str, Any] = {}
        self._identities: dict[int, str] = {}

    def hold(self, thing: object) -> str:
        """The identity of an object; a new one if it has none. The object is kept alive."""
        if id(thing) not in self._identities:
            identity = f"{self.prefix}{next(self._numbers)}"
            self._identities[id(thing)], self._objects[identity] = identity, thing
        return self._identities[id(thing)]

    def __len__(self) -> int:
        return len(self._objects)

    def keep_first(self, count: int) -> None:
        """Forget all but the objects that were held first."""
        for identity in list(self._objects)[count:]:
            del self._identities[id(self._objects.pop(identity))]

    def __getitem__(self, identity: str) -> Any:
        if identity not in self._objects:
            raise RuntimeError("this object belongs to a test that has ended")
        return self._objects[identity]

    def __contains__(self, identity: object) -> bool:
        return identity in self._objects


class Link:
    """One end of the conversation; each side has a subclass.

    Args:
        prefix: of the identities and keys that this side chooses: "s" in the sandbox, "t" outside.
    """

    def __init__(self, prefix: str) -> None:
        self.held, self.ledger, self.graphs = Held(prefix), Ledger(prefix), Graphs()
        self.dropped: list[int] = []  # numbers of graphs that the other side need not keep
        self.numbers = itertools.count(1)
        self.handlers: dict[str, Callable[[Any, list[Tensor]], Answer]] = {
            "call": self._serve_call,
            "product": self._serve_product,
            "accumulate": self._serve_accumulate,
        }

    def __deepcopy__(self, memo: dict[int, Any]) -> "Link":
        return self  # a copy of a proxy talks through the same link

    # Defined by each side.

    def send(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """Send one message."""
        raise NotImplementedError

    def receive(self) -> tuple[Header, list[Tensor]]:
        """The header and the tensors of the next message."""
        raise NotImplementedError

    def encode_special(self, value: Any, packer: Packer) -> Tree:
        """The tree of an object that is neither plain data nor a tensor."""
        raise NotImplementedError

    def decode_special(self, kind: str, rest: list[Tree], unpacker: Unpacker) -> Any:
        """The object for a tree of a kind that only the other side writes."""
        raise NotImplementedError

    def module_from(self, description: Description) -> nn.Module:
        """The module for a description from the other side; the same one each time."""
        raise NotImplementedError

    def resolve(self, target: Header) -> Callable[..., Any]:
        """The callable that a request names."""
        raise NotImplementedError

    def run(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
    ) -> Any:
        """Call what a request asks for."""
        return function(*arguments, **keywords)

    def check_arguments(self, arguments: list[Any], keywords: dict[str, Any]) -> None:
        """Raise an exception for arguments that must not be used."""

    def may_begin(self, key: str) -> bool:
        """Whether the other side may send this tensor for the first time."""
        raise NotImplementedError

    def raised(self, error: Header) -> Exception:
        """The exception for an error that describe() has described on the other side."""
        raise NotImplementedError

    # Asking.

    def packer(self, linked: bool = False) -> Packer:
        """An encoder for one message; gradients flow through it if `linked`."""
        return Packer(self.ledger, self.encode_special, linked)

    def unpacker(self, tensors: Sequence[Tensor], made: dict[int, Any] | None = None) -> Unpacker:
        """A decoder for one message with these tensors."""
        return Unpacker(tensors, self.ledger, self.decode_special, made)

    def ask(
        self, op: str, body: Header, packer: Packer | None = None, number: int | None = None
    ) -> tuple[Any, list[Tensor]]:
        """Send a request and wait for its answer.

        Args:
            op: names the other side's handler.
            body: the request, as JSON.
            packer: with the request's tensors.
            number: of the request; by default the next one.

        Returns:
            The body and the tensors of the answer.

        Raises:
            Exception: what the other side raised, as raised() makes it.
        """
        number = next(self.numbers) if number is None else number
        self.tell({"ask": number, "op": op, "body": body}, packer or self.packer())
        while True:
            header, tensors = self.receive()
            self.apply_changes(header, tensors)
            if "ask" in header:
                self.serve(header, tensors)
            elif header.get("answer") == number:
                if "error" in header:
                    raise self.raised(header["error"])
                return header.get("body"), tensors
            # Anything else is a late answer to an earlier request.

    def call(
        self,
        target: Header,
        arguments: Sequence[Any] = (),
        keywords: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `target` on the other side and return its result.

        In grad mode gradients flow through the call. Arguments that the call changes in place
        are changed here too.

        Raises:
            TooLarge: the arguments do not fit into one message.
            TypeError: an argument cannot be passed to the other side.
            Exception: what the other side raised, as raised() makes it.
        """
        linked = torch.is_grad_enabled()
        packer = self.packer(linked)
        body = {
            "target": target,
            "args": [packer.encode(argument) for argument in arguments],
            "kwargs": [[name, packer.encode(v)] for name, v in (keywords or {}).items()],
            "grad": linked,
            "inputs": packer.differentiable,
        }
        answer, tensors = self.ask("call", body, packer)
        inputs = [packer.originals[index] for index in packer.differentiable]
        with self.reading():
            self._apply_changed_arguments(answer, tensors, packer)
            if answer.get("argument") is not None:  # it is returned as it is
                return packer.originals[answer["argument"]]
            return self._result(answer, tensors, inputs)

    def reading(self) -> AbstractContextManager[None]:
        """Context in which a message is decoded; an error inside is the sender's."""
        raise NotImplementedError

    def _result(self, answer: Header, tensors: list[Tensor], inputs: list[Tensor]) -> Any:
        unpacker = self.unpacker(tensors)
        if answer.get("about") is not None:
            values = [unpacker.at(index) for index in answer["outs"]]
            attached = attach(self, answer["about"], values, inputs)
            unpacker.made.update(zip(answer["outs"], attached, strict=True))
        return unpacker.decode(answer["value"])

    def _apply_changed_arguments(
        self, answer: Header, tensors: list[Tensor], packer: Packer
    ) -> None:
        for index, new in answer.get("changed", ()):
            original, value = packer.originals[index], tensors[new]
            if not isinstance(original, torch.Tensor):
                if original.flags.writeable:
                    original[...] = value.numpy().reshape(original.shape)
            elif original.shape != value.shape or original.is_inference():
                original.data = value.clone()
            else:
                with torch.no_grad():
                    original.copy_(value)
        for index, wanted in answer.get("grad_of", ()):
            original = packer.originals[index]
            if isinstance(original, torch.Tensor) and original.is_leaf:
                original.requires_grad_(bool(wanted))

    def product(self, step: Step, given: Mapping[int, Tensor], create: bool) -> list[Tensor | None]:
        """Ask for the gradients of a node's inputs; None for an input that has none.

        Args:
            step: the node (see gradients.Step).
            given: position of an output -> its gradient, of the same shape.
            create: as create_graph in torch.
        """
        packer = self.packer()
        rows = [[position, packer.add(gradient)] for position, gradient in given.items()]
        body = {"graph": step.number, "given": rows, "create": create}
        answer, tensors = self.ask("product", body, packer)
        with self.reading():
            return self._product(step, given, answer, tensors)

    def _product(
        self, step: Step, given: Mapping[int, Tensor], answer: Header, tensors: list[Tensor]
    ) -> list[Tensor | None]:
        unpacker = self.unpacker(tensors)
        made = {index: unpacker.at(index) for index in answer["grads"] if index is not None}
        if answer.get("about") is not None:
            inputs = [*step.inputs, *given.values()]
            values = [made[index] for index in answer["outs"]]
            attached = attach(self, answer["about"], values, inputs)
            made.update(zip(answer["outs"], attached, strict=True))
        grads = [None if index is None else made[index] for index in answer["grads"]]
        for grad, tensor in zip(grads, step.inputs, strict=True):
            if grad is not None and grad.shape != tensor.shape:
                raise wire.Unreadable("a gradient whose shape is not that of its tensor")
        return grads

    def accumulate(self, step: Step, given: Mapping[int, Tensor]) -> None:
        """Ask for the backward pass into leaves that only the other side has.

        Args:
            step: the node (see gradients.Step).
            given: position of an output -> its gradient, of the same shape.
        """
        packer = self.packer()
        rows = [[position, packer.add(gradient)] for position, gradient in given.items()]
        self.ask("accumulate", {"graph": step.number, "given": rows}, packer)

    # Serving.

    def tell(self, header: Header, packer: Packer) -> None:
        """Send one message, with what has changed here since the last one.

        Raises:
            TooLarge: it does not fit into one message; nothing was sent.
        """
        rows, modes = self.ledger.rows(packer)
        header |= {"rows": rows, "modes": modes, "drop": self.dropped[:]}
        self.send(header, packer.tensors)
        del self.dropped[: len(header["drop"])]
        self.ledger.commit(rows, modes)

    def apply_changes(self, header: Header, tensors: Sequence[Tensor]) -> None:
        """Apply what the sender of a message has changed.

        Raises:
            Unreadable: the changes have no meaning.
        """
        rows, modes = header.get("rows", ()), header.get("modes", ())
        self.ledger.apply(rows, modes, self.unpacker(tensors), self.may_begin)
        self.graphs.drop(header.get("drop", ()))

    def serve(self, header: Header, tensors: list[Tensor]) -> None:
        """Answer one request, with an error if it fails.

        Raises:
            Unreadable: the request has no meaning; it is not answered.
        """
        number = header["ask"]
        try:
            body, packer = self.handlers[header["op"]](header["body"], tensors)
            self.tell({"answer": number, "body": body}, packer)
        except wire.Unreadable:
            raise
        except BaseException as error:
            self.answer_with_error(number, error)
            if not isinstance(error, Exception) and self.reraises(error):
                raise

    def reraises(self, error: BaseException) -> bool:
        """Whether to re-raise an exception such as KeyboardInterrupt after answering with it."""
        return True

    def answer_with_error(self, number: int, error: BaseException) -> None:
        """Answer request `number` with an exception."""
        try:
            self.tell({"answer": number, "error": self.describe(error)}, self.packer())
        except wire.TooLarge as too_large:  # the changes alone exceed the limits
            self.send({"answer": number, "error": self.describe(too_large)}, [])

    def describe(self, error: BaseException) -> Header:
        """An exception as JSON: its type's name, the builtin it derives from, its text."""
        try:
            text = str(error)[:TEXT]
        except BaseException:  # a student's exception class may define __str__
            text = ""
        bases = [base for base in type(error).__mro__ if base.__module__ == "builtins"]
        name = str(type(error).__name__)[:60]
        return {"type": name, "base": bases[0].__name__, "text": text}

    def _serve_call(self, body: Header, tensors: list[Tensor]) -> Answer:
        with self.reading():
            unpacker = self.unpacker(tensors)
            leaves = [unpacker.at(index) for index in body["inputs"]]
            target = body["target"]
            arguments = [unpacker.decode(tree) for tree in body["args"]]
            keywords = {str(name): unpacker.decode(tree) for name, tree in body["kwargs"]}
            grad = bool(body["grad"])
        self.check_arguments(arguments, keywords)
        function = self.resolve(target)
        before = {index: tensors[index].detach().clone() for index in unpacker.made}
        had_grad = {index: _tensor_at(unpacker, index).requires_grad for index in before}
        with torch.set_grad_enabled(grad):
            result = self.run(function, arguments, keywords)
        packer = self.packer(linked=True)
        # An argument that is returned is the caller's own, unless it hangs on what was done to it.
        untouched = getattr(result, "is_leaf", True)
        own = (index for index in before if unpacker.made[index] is result and untouched)
        returned = next(own, None)
        value = packer.encode(result if returned is None else None)
        answer: Header = {"value": value, "argument": returned}
        if packer.differentiable:
            outs = [packer.originals[index] for index in packer.differentiable]
            answer["outs"] = packer.differentiable[:]
            answer["about"] = self.graphs.keep(leaves, outs, self.ledger)
        answer["changed"] = [
            [index, packer.add(now.detach())]
            for index, now in ((index, _tensor_at(unpacker, index)) for index in before)
            if not same(before[index], now)
        ]
        # x.requires_grad_() outlives the call as well.
        answer["grad_of"] = [
            [index, now.requires_grad]
            for index, now in ((index, _tensor_at(unpacker, index)) for index in before)
            if now.is_leaf and now.requires_grad != had_grad[index]
        ]
        return answer, packer

    def _serve_product(self, body: Header, tensors: list[Tensor]) -> Answer:
        with self.reading():
            given = self._given(body, tensors)
            number, create = body["graph"], bool(body["create"])
        if create:
            for gradient in given.values():
                gradient.requires_grad_()
        inputs = [*self.graphs[number].inputs, *given.values()]
        grads = self.run(self.graphs.product, (number, given, create), {})
        packer = self.packer()
        answer: Header = {"grads": [None if grad is None else packer.add(grad) for grad in grads]}
        outs = {
            index: grad
            for index, grad in zip(answer["grads"], grads, strict=True)
            if grad is not None and grad.requires_grad
        }
        if create and outs:
            answer["outs"] = list(outs)
            answer["about"] = self.graphs.keep(inputs, outs.values(), self.ledger)
        return answer, packer

    def _serve_accumulate(self, body: Header, tensors: list[Tensor]) -> Answer:
        with self.reading():
            given = self._given(body, tensors)
            number = body["graph"]
        self.run(self.graphs.accumulate, (number, given), {})
        return None, self.packer()

    def _given(self, body: Header, tensors: list[Tensor]) -> dict[int, Tensor]:
        unpacker = self.unpacker(tensors)
        return {position: unpacker.at(index) for position, index in body["given"]}


def _tensor_at(unpacker: Unpacker, index: int) -> Tensor:
    """A caller's tensor, or its array as a tensor, after the call."""
    made = unpacker.made[index]
    return made if isinstance(made, torch.Tensor) else unpacker.tensors[index]
