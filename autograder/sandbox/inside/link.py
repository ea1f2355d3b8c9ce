"""A conversation between the two sides: requests, answers, and requests within requests.

Only one side computes at a time: whoever has asked serves the other's requests until its
answer comes. Every message carries what its sender has changed in the shared tensors.
"""

import itertools

import torch

from . import wire
from .gradients import Graphs, attach
from .ledger import Ledger, same
from .values import Packer, Unpacker

TEXT = 300


class Held:
    """Objects that were spoken of, by an identity that the other side may name."""

    def __init__(self, prefix):
        self.prefix, self._numbers = prefix, itertools.count()
        self.clear()

    def clear(self):
        self._objects, self._identities = {}, {}

    def hold(self, thing):
        """The identity of an object; the object is kept alive."""
        if id(thing) not in self._identities:
            identity = f"{self.prefix}{next(self._numbers)}"
            self._identities[id(thing)], self._objects[identity] = identity, thing
        return self._identities[id(thing)]

    def __getitem__(self, identity):
        if identity not in self._objects:
            raise RuntimeError("this object belongs to a test that has ended")
        return self._objects[identity]

    def __contains__(self, identity):
        return identity in self._objects


class Link:
    """One end of the conversation; each side derives its own from it.

    prefix: of the identities that this side gives out, "s" in the sandbox and "t" outside.
    """

    def __init__(self, prefix):
        self.held, self.ledger, self.graphs = Held(prefix), Ledger(prefix), Graphs()
        self.dropped = []  # numbers of graphs kept on the other side for nobody
        self.numbers = itertools.count(1)
        self.handlers = {
            "call": self._serve_call,
            "product": self._serve_product,
            "accumulate": self._serve_accumulate,
        }

    def __deepcopy__(self, memo):
        return self  # there is one conversation, whatever refers to it

    # What each side does in its own way.

    def send(self, header, tensors):
        raise NotImplementedError

    def receive(self):
        """(header, tensors) of the next message."""
        raise NotImplementedError

    def encode_special(self, value, packer):
        """The tree of an object that is no plain data."""
        raise NotImplementedError

    def decode_special(self, kind, rest, unpacker):
        """The object that a tree of the other side's own kinds stands for."""
        raise NotImplementedError

    def resolve(self, target):
        """The callable that a request names."""
        raise NotImplementedError

    def run(self, function, arguments, keywords):
        """Call what a request asks for."""
        return function(*arguments, **keywords)

    def check_arguments(self, arguments, keywords):
        """Refuse a request before it runs."""

    def may_begin(self, key):
        """Whether the other side may speak of this tensor for the first time."""
        raise NotImplementedError

    def raised(self, about):
        """The exception for an error answer."""
        raise NotImplementedError

    # Asking.

    def packer(self, linked=False):
        return Packer(self.ledger, self.encode_special, linked)

    def unpacker(self, tensors, made=None):
        return Unpacker(tensors, self.ledger, self.decode_special, made)

    def ask(self, op, body, packer=None, number=None):
        """The answer to a request: (body, tensors); raises what the other side raised."""
        number = next(self.numbers) if number is None else number
        self.tell({"ask": number, "op": op, "body": body}, packer or self.packer())
        while True:
            header, tensors = self.receive()
            self.take_over(header, tensors)
            if "ask" in header:
                self.serve(header, tensors)
            elif header.get("answer") == number:
                if "error" in header:
                    raise self.raised(header["error"])
                return header.get("body"), tensors
            # Anything else is an answer that came too late.

    def call(self, target, arguments=(), keywords=None):
        """Call `target` over there; gradients flow through the call in grad mode."""
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
            self._take_back_changed(answer, tensors, packer)
            return self._result(answer, tensors, inputs)

    def reading(self):
        """Context in which an answer is understood; what goes wrong is the sender's fault."""
        raise NotImplementedError

    def _result(self, answer, tensors, inputs):
        unpacker = self.unpacker(tensors)
        if answer.get("about") is not None:
            values = [unpacker.at(index) for index in answer["outs"]]
            attached = attach(self, answer["about"], values, inputs)
            unpacker.made.update(zip(answer["outs"], attached, strict=True))
        return unpacker.decode(answer["value"])

    def _take_back_changed(self, answer, tensors, packer):
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

    def product(self, step, given, create):
        """Ask for the gradients of the inputs of one of our nodes (see gradients.Step).

        given: position of an output -> its gradient. create: as create_graph in torch.
        """
        packer = self.packer()
        rows = [[position, packer.add(gradient)] for position, gradient in given.items()]
        body = {"graph": step.number, "given": rows, "create": create}
        answer, tensors = self.ask("product", body, packer)
        with self.reading():
            return self._product(step, given, answer, tensors)

    def _product(self, step, given, answer, tensors):
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
                raise wire.Unreadable("a gradient of another shape than its tensor")
        return grads

    def accumulate(self, step, given):
        """Ask for the backward pass into leaves that only the other side has."""
        packer = self.packer()
        rows = [[position, packer.add(gradient)] for position, gradient in given.items()]
        self.ask("accumulate", {"graph": step.number, "given": rows}, packer)

    # Serving.

    def tell(self, header, packer):
        """Send one message, with what has changed here since the last one."""
        rows, modes = self.ledger.rows(packer)
        header |= {"rows": rows, "modes": modes, "drop": self.dropped[:]}
        self.send(header, packer.tensors)
        del self.dropped[: len(header["drop"])]
        self.ledger.commit(rows, modes)

    def take_over(self, header, tensors):
        """What the sender of a message has changed."""
        rows, modes = header.get("rows", ()), header.get("modes", ())
        self.ledger.apply(rows, modes, self.unpacker(tensors), self.may_begin)
        self.graphs.drop(header.get("drop", ()))

    def serve(self, header, tensors):
        """Answer one request, with an error where it fails."""
        number = header["ask"]
        try:
            body, packer = self.handlers[header["op"]](header["body"], tensors)
            self.tell({"answer": number, "body": body}, packer)
        except wire.Unreadable:
            raise
        except BaseException as error:
            self.answer_with_error(number, error)
            if not isinstance(error, Exception) and self.passes_on(error):
                raise

    def passes_on(self, error):
        """Whether an exception such as KeyboardInterrupt also goes on here."""
        return True

    def answer_with_error(self, number, error):
        try:
            self.tell({"answer": number, "error": self.describe(error)}, self.packer())
        except wire.TooLarge as too_large:  # what changed is itself too much to pass
            about = self.describe(too_large)
            self.send({"answer": number, "error": about}, [])

    def describe(self, error):
        """An exception as JSON: its type's name, the builtin it derives from, its text."""
        try:
            text = str(error)[:TEXT]
        except BaseException:  # an exception class of a student's own
            text = ""
        bases = [base for base in type(error).__mro__ if base.__module__ == "builtins"]
        name = bases[0].__name__ if bases else "Exception"
        return {"type": str(type(error).__name__)[:60], "base": name, "text": text}

    def _serve_call(self, body, tensors):
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
        with torch.set_grad_enabled(grad):
            result = self.run(function, arguments, keywords)
        packer = self.packer(linked=True)
        answer = {"value": packer.encode(result)}
        if packer.differentiable:
            outs = [packer.originals[index] for index in packer.differentiable]
            answer["outs"] = packer.differentiable[:]
            answer["about"] = self.graphs.keep(leaves, outs, self.ledger)
        answer["changed"] = [
            [index, packer.add(now.detach())]
            for index, now in ((index, _tensor_at(unpacker, index)) for index in before)
            if not same(before[index], now)
        ]
        return answer, packer

    def _serve_product(self, body, tensors):
        with self.reading():
            given = self._given(body, tensors)
            number, create = body["graph"], bool(body["create"])
        if create:
            for gradient in given.values():
                gradient.requires_grad_()
        inputs = [*self.graphs[number].inputs, *given.values()]
        found = self.run(self.graphs.product, (number, given, create), {})
        packer = self.packer()
        answer = {"grads": [None if one is None else packer.add(one) for one in found]}
        outs = {
            index: one
            for index, one in zip(answer["grads"], found, strict=True)
            if one is not None and one.requires_grad
        }
        if create and outs:
            answer["outs"] = list(outs)
            answer["about"] = self.graphs.keep(inputs, outs.values(), self.ledger)
        return answer, packer

    def _serve_accumulate(self, body, tensors):
        with self.reading():
            given = self._given(body, tensors)
            number = body["graph"]
        self.run(self.graphs.accumulate, (number, given), {})
        return None, self.packer()

    def _given(self, body, tensors):
        unpacker = self.unpacker(tensors)
        return {position: unpacker.at(index) for position, index in body["given"]}


def _tensor_at(unpacker, index):
    """What a caller's tensor or array has become."""
    made = unpacker.made[index]
    return made if isinstance(made, torch.Tensor) else unpacker.tensors[index]
