"""Modules and optimisers that student code returns, and what a test hands in.

Each scenario runs twice, on the functions of this process and on those of a kernel, and must
give the same.
"""

import contextlib
import copy
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from autograder.judging.time_limit import TimedOut
from autograder.sandbox.inside.ledger import Ledger
from autograder.sandbox.remote import RemoteObject, proxies
from helpers import graphs, random_weights, toys
from tests.autograder.sandbox.remote_kernel import session_with

SOURCE = """
def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.alone = nn.Parameter(torch.ones(4))
    def encode(self, x): return torch.tanh(self.first(x)) * self.alone
    def forward(self, x, scale=1.0): return self.second(self.encode(x)) * scale
def filters(): return nn.Conv2d(1, 2, (3, 5), padding=1, bias=False)
def lazy(): return nn.Sequential(nn.Flatten(), nn.LazyLinear(2))
def dropping(): return nn.Sequential(nn.Dropout(0.9), nn.Identity())
def tied():
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.ReLU(), layer)
def around(model): return nn.Sequential(model, nn.Identity())
def sgd(model): return torch.optim.SGD(model.parameters(), lr=0.1)
def adam(model): return torch.optim.Adam(model.parameters(), lr=0.1, betas=(0.5, 0.9))
def shrink(net):
    with torch.no_grad():
        for p in net.parameters(): p.mul_(0.5)
def penalty(D, x):
    x = x.clone().requires_grad_()
    g, = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return ((g.norm(dim=1) - 1) ** 2).mean()
def train_by_penalty(D, x):
    D.zero_grad()
    penalty(D, x).backward()
    for p in D.parameters():
        if p.grad is not None: p.data -= 0.1 * p.grad
def by_hand(D, x):
    out = D(x).sum()
    out.backward()
    for p in D.parameters(): p.data -= 0.5 * p.grad
    return out
def freeze(D):
    for p in D.parameters(): p.requires_grad_(False)
    D.eval()
def stepped_between(D, solver, x):
    out = (D(x) ** 2).sum()
    solver.zero_grad()
    out.backward(retain_graph=True)
    solver.step()
    out.backward()
def twice(D, x):
    out = D(x).sum()
    out.backward()
    out.backward()
def look(D):
    return [type(D).__name__, isinstance(D, nn.Module), str(next(D.parameters()).device),
            len(list(D.children())), sorted(dict(D.named_parameters())), D.training, callable(D)]
def halve_lr(solver):
    for group in solver.param_groups: group["lr"] /= 2
    solver.step()
    return isinstance(solver, torch.optim.SGD), isinstance(solver, torch.optim.Optimizer)
def defaults_of(solver): return sorted(solver.defaults), solver.defaults["lr"]
def call(f, *args, **kwargs): return f(*args, **kwargs)
def copied(D):
    import copy
    twin = copy.deepcopy(D)
    with torch.no_grad():
        for p in twin.parameters(): p.zero_()
    return twin(torch.ones(2, 3)), D(torch.ones(2, 3))
def caught(f):
    try: f()
    except ZeroDivisionError as e: return type(e).__name__, str(e)
def absurd(f): return f(10**9)
def for_ever(f):
    while True:
        try: f()
        except Exception: pass
def spin(f):
    f()
    while True: pass
def encoded(model, x): return model.encode(x), model.width
def secret(model): return model._hidden
def nobody(model): return model.nothing
def walked(D, x, steps, cut):
    for _ in range(steps):
        x = x.detach().requires_grad_() if cut else x.requires_grad_()
        (g,) = torch.autograd.grad(D(x).sum(), x, create_graph=not cut)
        x = x + g
    return x
def only_the_first(x, y): return 2 * x + y.detach()
def by_forward(g, z): return g.forward(z)
def by_keyword(g, z): return g(input=z)
def by_unbound_call(g, z): return type(g).__call__(g, z)
def by_map(g, z): return torch.stack(list(map(g, z)))
def by_functional_call(g, z):
    changed = {name: 2 * tensor for name, tensor in g.named_parameters()}
    return torch.func.functional_call(g, changed, (z,))
def by_functional_call_of_one(g, z):
    name, tensor = next(iter(g.named_parameters()))
    return torch.func.functional_call(g, {name: tensor + 1}, args=(), kwargs={"input": z})
"""


def local():
    namespace = {"torch": torch, "nn": nn}
    exec(SOURCE, namespace)
    return namespace.__getitem__


@pytest.fixture(scope="module")
def session():
    with session_with(SOURCE) as session:
        yield session


@pytest.fixture
def both(session):
    """Runs scenario(subject) here and in the kernel; returns the two results."""

    def run(scenario):
        there = scenario(session.subject)
        session.end_of_cell()
        return scenario(local()), there

    return run


def assert_same(here, there):
    if isinstance(here, torch.Tensor):
        assert here.shape == there.shape and torch.allclose(here, there, atol=1e-6)
    elif isinstance(here, (list, tuple)):
        assert len(here) == len(there)
        for one, other in zip(here, there, strict=True):
            assert_same(one, other)
    else:
        assert here == there


def complaint(call, *arguments):
    try:
        call(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)[:60]
    return None


def numbers(net):
    return [tensor.detach().clone() for tensor in net.state_dict().values()]


def net_looked_at(subject):
    net = subject("build")()
    return [
        isinstance(net, nn.Sequential), len(net), isinstance(net[0], nn.Linear),
        net[0].in_features, tuple(net[0].weight.shape), list(dict(net.named_parameters())),
        sum(p.numel() for p in net.parameters()), numbers(net), net[3].bias,
    ]  # fmt: skip


def settings_of_a_layer(subject):
    layer = subject("filters")()
    return layer.kernel_size, layer.padding, layer.in_channels, layer.padding_mode, layer.bias


def net_trained_here(subject):
    net, x = subject("build")(), torch.arange(6.0).reshape(2, 3)
    solver = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        solver.zero_grad()
        loss = (net(x) ** 2).sum()
        loss.backward()
        solver.step()
        losses.append(loss.detach())
    return losses, numbers(net), [p.grad for p in net.parameters()]


def net_filled(subject):
    net = subject("build")()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(0.5)
    net.eval()
    out = net(torch.ones(2, 3))
    net[0].weight.data.zero_()
    return out, net(torch.ones(2, 3)), net.training, net[1].training


def net_changed_there(subject):
    net = subject("build")()
    before = net[0].weight
    first = before.detach().clone()
    subject("shrink")(net)
    return first, net[0].weight.detach(), before is net[0].weight


def statistics_follow(subject):
    net = subject("build")()
    net(torch.arange(6.0).reshape(2, 3))
    return net[1].running_mean, net[1].num_batches_tracked


def gradient_reaches_unseen_parameters(subject):
    net = subject("Own")()
    x = torch.ones(2, 3, requires_grad=True)
    net(x, scale=2.0).sum().backward()
    return x.grad, net.first.weight.grad, net.alone.grad


def gradient_by_name(subject):
    net = subject("Own")()
    wanted = [net.first.weight, net.alone]
    out = net.encode(torch.ones(2, 3)).sum()
    return torch.autograd.grad(out, wanted), net.first.weight.grad


def lazy_layers(subject):
    net = subject("lazy")()
    lazy = [nn.parameter.is_lazy(p) for p in net.parameters()]
    net(torch.ones(1, 3))
    return lazy, [tuple(p.shape) for p in net.parameters()]


def evaluation(subject):
    net = subject("dropping")()
    net.eval()
    return net(torch.ones(50)), net.train().training


def tied_layers(subject):
    net = subject("tied")()
    return net[0] is net[2], len(list(net.parameters()))


def own_inside_theirs(subject):
    critic = toys.LinearCritic([1.0, 2.0])
    net = subject("around")(critic)
    return net[0] is critic, net(torch.ones(1, 2)), len(list(net.parameters()))


def optimiser_of_theirs(subject):
    critic, moves = toys.LinearCritic([1.0, 2.0, 3.0]), []
    solver = subject("adam")(critic)
    for gradient in ([1.0, -1.0, 2.0], [0.5, 0.5, -1.0]):
        critic.weight.grad = torch.tensor(gradient)
        solver.step()
        moves.append(critic.weight.detach().clone())
    solver.zero_grad()
    group = solver.param_groups[0]
    return (
        moves, isinstance(solver, torch.optim.Adam), isinstance(solver, torch.optim.SGD),
        group["lr"], group["betas"], group["params"][0] is critic.weight, critic.weight.grad,
        type(solver).__name__,
    )  # fmt: skip


def optimiser_of_their_network(subject):
    net = subject("Own")()
    solver = subject("sgd")(net)
    net(torch.ones(2, 3)).sum().backward()
    solver.step()
    return numbers(net)


def mlp():
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def second_derivatives(subject):
    D, x = mlp(), torch.arange(6.0).reshape(2, 3) / 5
    value = subject("penalty")(D, x)
    subject("train_by_penalty")(D, x)
    return value.detach(), numbers(D), [p.grad for p in D.parameters()]


def second_derivatives_to_the_test(subject):
    D, x = mlp(), torch.ones(2, 3)
    subject("penalty")(D, x).backward()
    return [p.grad for p in D.parameters()]


def updates_by_hand(subject):
    D = mlp()
    outs = [subject("by_hand")(D, torch.ones(2, 3)).detach() for _ in range(2)]
    return outs, numbers(D), [p.grad for p in D.parameters()]


def flags(subject):
    D = mlp()
    subject("freeze")(D)
    return [p.requires_grad for p in D.parameters()], D.training, D[1].training


def what_autograd_refuses(subject):
    D, x = mlp(), torch.ones(2, 3, requires_grad=True)
    solver = torch.optim.SGD(D.parameters(), lr=0.1)
    return [
        complaint(subject("stepped_between"), D, solver, x),
        complaint(subject("twice"), mlp(), x),
    ]


def a_module_from_inside(subject):
    D = mlp()
    D.eval()
    return subject("look")(D)


def hooks(subject):
    critic, seen = toys.LinearCritic([1.0, 2.0, 3.0]), []
    solver = torch.optim.SGD(critic.parameters(), lr=0.1)
    solver.register_step_pre_hook(lambda *_: seen.append(("step", critic.weight.grad.clone())))

    def watch(module, given, out):
        out.register_hook(lambda gradient: seen.append(("out", gradient.clone())))

    critic.register_forward_hook(watch)
    refused = complaint(subject("stepped_between"), critic, solver, torch.ones(2, 3))
    return refused, seen, critic.weight.detach()


def learning_rate(subject):
    critic = toys.LinearCritic([1.0, 2.0])
    solver = torch.optim.SGD(critic.parameters(), lr=0.2)
    critic.weight.grad = torch.ones(2)
    kinds = subject("halve_lr")(solver)
    defaults = subject("defaults_of")(solver)
    return kinds, solver.param_groups[0]["lr"], critic.weight.detach(), defaults


def functions(subject):
    seen = []

    def f(x, *, by=1, **more):
        seen.append((tuple(x.shape), by, more))
        return {"y": x * by, "n": len(more)}

    x = torch.ones(2, requires_grad=True)
    result = subject("call")(f, x, by=3, other="text")
    (gradient,) = torch.autograd.grad(result["y"].sum(), x)
    return seen, result["y"].detach(), result["n"], gradient


def closures_with_parameters(subject):
    hidden = nn.Parameter(torch.tensor(3.0))
    x = torch.tensor(2.0, requires_grad=True)
    subject("call")(lambda x: hidden * x, x).backward()
    return hidden.grad, x.grad


def exceptions_inside(subject):
    return [
        subject("caught")(lambda: 1 / 0),
        complaint(subject("call"), toys.LinearCritic([1.0]), torch.ones(3)),
    ]


def copies(subject):
    return subject("copied")(mlp())


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.width, self._hidden, self.layer = 7, "hidden", nn.Linear(2, 2)
        nn.init.ones_(self.layer.weight)

    def encode(self, x):
        return self.layer(x).detach() * 0 + self.layer.weight.sum()


def other_methods(subject):
    return subject("encoded")(Encoder(), torch.ones(1, 2)), complaint(subject("nobody"), Encoder())


def functions_of_torch(subject):
    return [
        subject("call")(torch.nn.functional.relu, torch.tensor([-1.0, 1.0])),
        subject("call")(nn.ReLU)(torch.tensor([-1.0, 1.0])),
    ]


SCENARIOS = [
    net_looked_at, net_trained_here, net_filled, net_changed_there, statistics_follow,
    settings_of_a_layer,
    gradient_reaches_unseen_parameters, gradient_by_name, lazy_layers, evaluation, tied_layers,
    own_inside_theirs, optimiser_of_theirs, optimiser_of_their_network, second_derivatives,
    second_derivatives_to_the_test, updates_by_hand, flags, what_autograd_refuses,
    a_module_from_inside, hooks, learning_rate, functions, closures_with_parameters,
    exceptions_inside, copies, other_methods, functions_of_torch,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Lazy modules")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_same_as_in_one_process(both, scenario):
    assert_same(*both(scenario))


def test_a_proxy_ships_no_tensor_and_counts_its_parameters(session):
    net = session.subject("build")()
    calls = session.calls
    assert net.parameter_count() == 29 and not session.ledger.tensors
    assert session.calls == calls
    net.fill_parameters(0.25)
    assert not session.ledger.tensors
    assert all((p == 0.25).all() for p in net.parameters())
    lazy = session.subject("lazy")()
    with pytest.raises(ValueError, match="lazy"):
        lazy.parameter_count()
    lazy(torch.ones(1, 3))
    assert lazy.parameter_count() == 8


@pytest.mark.parametrize("name", ["for_ever", "spin"])
def test_a_time_limit_holds_around_callbacks(session, name):
    with pytest.raises(TimedOut), session.time_limit(0.3):
        session.subject(name)(lambda: 1)
    assert session.subject("call")(lambda: 2) == 2


def test_a_time_limit_holds_inside_callbacks(session):
    call = session.subject("call")
    with pytest.raises(TimedOut), session.time_limit(0.3):
        call(lambda: session.subject("spin")(lambda: 1))
    assert call(lambda: call(lambda: 3)) == 3


def test_any_interruption_of_a_callback_leaves_a_session_that_works(session):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.subject("call")(interrupted)
    assert session.subject("call")(lambda: 2) == 2


def test_graphs_that_nobody_can_ask_about_are_dropped(session):
    session.end_of_cell()
    for _ in range(5):
        D = mlp()
        session.subject("by_hand")(D, torch.ones(2, 3))
    assert len(session.graphs._kept) <= 1


def test_what_a_test_keeps_to_itself(session):
    with pytest.raises(ValueError, match="too large"):
        session.subject("absurd")(lambda n: torch.zeros(n))
    with pytest.raises(AttributeError, match="_hidden"):
        session.subject("secret")(Encoder())
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy(session.subject("build")())
    with pytest.raises(TypeError, match="a Event cannot be passed"):
        import threading

        session.subject("call")(threading.Event())


def test_how_deep_the_graph_behind_a_result_is_and_where_it_ends(both):
    def scenario(subject):
        D, seen = toys.LinearCritic([0.1, 0.2, 0.3]), []
        for cut in (True, False):
            one, four = (subject("walked")(D, torch.ones(2, 3), steps, cut) for steps in (1, 4))
            grows = graphs.depth(four) > graphs.depth(one)
            seen.append((grows, graphs.leads_to(four, D.parameters())))
        # A chain through calls of its own, each given the result before.
        x = first = torch.ones(2, 3)
        for _ in range(3):
            x = subject("walked")(D, x, 1, True)
            first = first if first.requires_grad else x
        return *seen, graphs.depth(x) > graphs.depth(first)

    here, there = both(scenario)
    assert here == there == ((False, False), (True, True), False)


def test_a_result_hangs_on_those_arguments_alone_that_it_depends_on(both):
    def scenario(subject):
        x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
        result = subject("only_the_first")(x, y)
        result.sum().backward()
        return graphs.leads_to(result, [x]), graphs.leads_to(result, [y]), x.grad, y.grad

    here, there = both(scenario)
    assert here[:2] == there[:2] == (True, False)
    assert torch.equal(here[2], there[2]) and here[3] is there[3] is None


@pytest.mark.parametrize(
    "form",
    ["forward", "keyword", "unbound_call", "map", "functional_call", "functional_call_of_one"],
)
def test_a_network_of_a_test_may_be_called_in_any_way(both, form):
    def scenario(subject):
        net, z = mlp(), torch.arange(6.0).reshape(2, 3).requires_grad_()
        out = subject(f"by_{form}")(net, z)
        out.sum().backward()
        return out.detach(), z.grad, [parameter.grad for parameter in net.parameters()]

    assert_same(*both(scenario))


# What a proxy asks for, and when.


def test_what_was_brought_is_not_asked_for_again(session):
    net = session.subject("build")()
    session.end_of_cell()
    net = session.subject("build")()

    def calls(work):
        before = session.calls
        work()
        return session.calls - before

    assert calls(lambda: list(net.parameters())) == 1  # its values; it was described already
    assert calls(lambda: (net[0].weight, net.state_dict(), dict(net.named_buffers()))) == 0
    assert calls(lambda: net.parameter_sizes()) == 0
    net(torch.ones(2, 3))
    assert calls(lambda: net.parameter_count()) == 1  # it may be another by now
    assert calls(lambda: net[3].bias) == 0
    assert "bias" in net[3]._parameters and net[3]._parameters.get("nothing", 5) == 5
    assert len(net[3]._parameters.values()) == len(net[3]._parameters.items()) == 2


def test_the_sizes_of_parameters_are_known_by_their_first_names(session):
    sizes = session.subject("tied")().parameter_sizes()
    assert sizes == {"0.weight": (2, 2), "0.bias": (2,)}
    critic = toys.LinearCritic([1.0, 2.0])
    around = session.subject("around")(critic)
    assert around.parameter_sizes() == {
        f"0.{name}": tuple(each.shape) for name, each in critic.named_parameters()
    }
    assert around.parameter_count() == sum(each.numel() for each in critic.parameters())
    lazy = session.subject("lazy")().parameter_sizes()
    assert lazy == {"1.weight": None, "1.bias": None}
    own = session.subject("Own")().parameter_sizes()
    assert own["alone"] == (4,) and own["second.weight"] == (2, 4)


def test_a_network_is_drawn_and_loaded_where_it_is(session):
    net, here = session.subject("build")(), local()("build")()
    net.draw_random_weights(5)
    random_weights.set_random_weights(here, 5)
    assert_same(numbers(here), numbers(net))
    weights = SimpleNamespace(seed=6)
    net.draw_parameters(weights)
    random_weights.set_random_weights(here, 6)
    assert_same(numbers(here), numbers(net))
    assert net.state_shapes() == {name: tuple(t.shape) for name, t in here.state_dict().items()}
    other = {name: torch.full_like(t, 2) for name, t in here.state_dict().items()}
    net.train()
    net.load_weights(other)
    assert not net.training and {float(t.unique()) for t in net.state_dict().values()} == {2.0}


def test_attributes_of_a_network_are_looked_up_there(session):
    net = session.subject("Own")()
    assert net.encode(torch.zeros(1, 3)).shape == (1, 4)
    with pytest.raises(AttributeError, match="nothing"):
        net.nothing  # noqa: B018
    calls = session.calls
    for name in ("_nothing", "__nothing__"):
        with pytest.raises(AttributeError, match=name):
            getattr(net, name)
    assert session.calls == calls


class Linked:
    """Stands for a Session: what a proxy asks of it."""

    def __init__(self):
        self.asked, self.epoch, self.held = [], 0, {}

    def call(self, target, arguments=(), keywords=None):
        self.asked.append((target, tuple(arguments), keywords))
        return {"contains": True, "len": 3}.get(target.get("operator"), "got")

    def time_limit(self, seconds):
        return ("limit", seconds)


OBJECT = {"id": "s1", "type": "Thing", "callable": False, "name": ""}


def test_an_object_s_operations_are_done_there():
    link = Linked()
    thing = proxies.object_from(OBJECT, link)
    assert repr(thing) == "<Thing in the sandbox>" and bool(thing)
    assert (5 in thing, len(thing), thing["k"], thing.size) == (True, 3, "got", "got")
    operators = [(target["operator"], arguments) for target, arguments, _ in link.asked]
    assert operators == [("contains", (5,)), ("len", ()), ("item", ("k",)), ("get", ("size",))]
    assert all(target["object"] == "s1" for target, *_ in link.asked)
    with pytest.raises(AttributeError, match="'Thing' object has no attribute '_x'"):
        thing._x  # noqa: B018
    with pytest.raises(TypeError):
        thing()
    f = proxies.object_from(OBJECT | {"callable": True, "name": "f", "type": "function"}, link)
    assert (f.__name__, f.__qualname__, type(f).__name__) == ("f", "f", "function")
    assert f(1, by=2) == "got" and link.asked[-1] == ({"object": "s1"}, (1,), {"by": 2})
    assert f.time_limit(5) == ("limit", 5)


@pytest.mark.parametrize("name, right", [
    ("SGD", True), ("Optimizer", True), ("lr_scheduler", False), ("nothing", False),
])  # fmt: skip
def test_an_optimiser_there_is_one_here(name, right):
    described = OBJECT | {"optimizer": name, "type": "Mine"}
    if not right:
        with pytest.raises((TypeError, AttributeError)):
            proxies.object_from(described, Linked())
        return
    solver = proxies.object_from(described, Linked())
    assert isinstance(solver, getattr(torch.optim, name)) and type(solver).__name__ == "Mine"
    assert isinstance(proxies.object_from(OBJECT | {"optimizer": None}, Linked()), RemoteObject)


MODULE = {"id": "s1", "type": "Net", "library": None, "settings": {}, "training": True,
          "parameters": {}, "buffers": {}, "children": {}}  # fmt: skip


def test_values_are_fetched_in_messages_of_a_bounded_size(monkeypatch):
    """Of eight bytes for each number, whatever its type; what is here is not fetched again."""
    monkeypatch.setattr(proxies, "FETCH_BYTES", 48)
    ledger = Ledger("t")
    ledger.name("s9", torch.ones(1))

    def row(key, *shape):
        return [key, list(shape), "float32", True]

    child = MODULE | {"parameters": {"a": row("s3", 3), "n": None, "lazy": ["", None, "x", True]},
                      "buffers": {"b": row("s4", 7), "c": row("s9", 1)}}  # fmt: skip
    tree = MODULE | {"parameters": {"w": row("s1", 2, 2), "v": row("s2", 2)},
                     "children": {"child": child, "ours": {"yours": "t1"}}}  # fmt: skip
    chunks = list(proxies.chunks_to_fetch(tree, ledger))
    assert chunks == [["s1", "s2"], ["s3"], ["s4"]]
    monkeypatch.setattr(proxies, "FETCH_BYTES", 47)
    assert list(proxies.chunks_to_fetch(tree, ledger)) == [["s1"], ["s2", "s3"], ["s4"]]
    assert list(proxies.chunks_to_fetch(MODULE, ledger)) == []


@pytest.mark.parametrize("name, right", [("a" * 200, True), ("a" * 201, False), ("a.b", False)])
def test_the_name_of_a_layer_is_one(name, right):
    with contextlib.nullcontext() if right else pytest.raises(ValueError, match="not the name of"):
        assert proxies._plain_name(name) == name


@pytest.mark.parametrize("shape", [[-1], [True], ["2"], [1.0], [[2]]])
def test_a_shape_is_of_whole_numbers(shape):
    net = proxies.RemoteModule(SimpleNamespace(ledger=Ledger("t"), epoch=0), "s1")
    assert net._tensor(["s1", [0, 2], "float32", True]) is net._tensor(None) is None
    assert nn.parameter.is_lazy(net._tensor(["", None, "float32", True]))
    with pytest.raises(ValueError, match="not a shape"):
        net._tensor(["s1", [2, *shape], "float32", True])


def test_a_layer_there_is_one_here_with_its_settings():
    link = SimpleNamespace(ledger=Ledger("t"), epoch=0)
    described = MODULE | {"type": "Mine", "library": "Linear", "settings": {"in_features": 4}}
    made = proxies.module_class(described)
    assert issubclass(made, nn.Linear) and made.__name__ == "Mine"
    layer = made(link, "s1")
    layer.apply_description(described)
    assert layer.in_features == 4
    own = proxies.module_class(MODULE)(link, "s2")
    own.apply_description(MODULE | {"settings": {"in_features": 4}})  # no layer of torch's
    assert "in_features" not in vars(own)
    with pytest.raises(TypeError, match="not a layer"):
        proxies.module_class(MODULE | {"library": "Parameter"})
