"""The graph behind a result, looked at without a backward pass."""

import torch
from torch import nn

from helpers import expect, graphs
from helpers.expect import Mismatch


def chain(steps, detach):
    x = torch.ones(3, requires_grad=True)
    for _ in range(steps):
        x = 2 * x
        if detach:
            x = x.detach().requires_grad_()
    return x


def test_a_chain_gets_deeper_with_each_step_unless_it_is_cut():
    assert [graphs.depth(chain(steps, detach=False)) for steps in (0, 1, 5)] == [0, 2, 6]
    assert [graphs.depth(chain(steps, detach=True)) for steps in (0, 1, 5)] == [0, 0, 0]


def test_the_depth_of_several_is_that_of_the_deepest():
    short, long = chain(1, detach=False), chain(4, detach=False)
    assert graphs.depth([short, long, torch.ones(2), None]) == graphs.depth(long)
    assert graphs.depth(short + long) == graphs.depth(long) + 1
    assert graphs.depth("a text") == graphs.depth(None) == 0


def test_a_wide_graph_is_walked_once_and_a_deep_one_without_recursion():
    x = torch.ones(2, requires_grad=True)
    for _ in range(3000):
        x = x + x
    assert graphs.depth(x) == 3001


def test_where_a_graph_ends():
    net, x = nn.Linear(2, 1), torch.ones(1, 2, requires_grad=True)
    assert graphs.leads_to(net(x), net.parameters()) and graphs.leads_to(net(x), [x])
    assert not graphs.leads_to(net(x).detach(), net.parameters())
    assert not graphs.leads_to(2 * x, net.parameters())
    assert {id(leaf) for leaf in graphs.leaves_of(net(x))} == {id(x), *map(id, net.parameters())}


def test_a_freed_graph_can_still_be_looked_at():
    x = torch.ones(2, requires_grad=True)
    y = (x * x).exp()
    y.sum().backward()
    assert graphs.depth(y) == 3 and graphs.leads_to(y, [x])


def says(check):
    try:
        check()
    except Mismatch as mismatch:
        return str(mismatch)
    return "right"


def test_the_visible_check_says_what_is_kept(capsys):
    net, x = nn.Linear(2, 2), torch.ones(1, 2)
    cut, one = net(x).detach(), chain(1, detach=False)
    assert says(lambda: expect.cut_off("cut", cut, cut, net)) == "right"
    assert "6 operations" in says(lambda: expect.cut_off("cut", chain(5, False), one, net))
    deep = net(net(x))
    assert "weights" in says(lambda: expect.cut_off("cut", net(x), deep, net))
