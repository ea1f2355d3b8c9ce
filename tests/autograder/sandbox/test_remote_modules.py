"""Modules and optimisers that student code returns, and what a test hands in.

Each scenario runs twice, on the functions of this process and on those of a kernel, and must
give the same.
"""

import copy

import pytest
import torch
from torch import nn

from autograder.judging.time_limit import TimedOut
from helpers import graphs, toys
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
