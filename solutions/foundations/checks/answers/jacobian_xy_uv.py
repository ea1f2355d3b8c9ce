# %% right: written down
def jacobian_xy_uv():
    return torch.tensor([[0.5, 0.5], [0.5, -0.5]])


# %% right: the inverse of the other
def jacobian_xy_uv():
    return torch.inverse(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))


# %% right: autograd
def jacobian_xy_uv():
    def back(w):
        u, v = w
        return torch.stack([(u + v) / 2, (u - v) / 2])

    return torch.autograd.functional.jacobian(back, torch.tensor([0.3, -0.2]))


# %% right: numpy
def jacobian_xy_uv():
    return np.array([[1, 1], [1, -1]]) / 2


# %% wrong: the other direction
def jacobian_xy_uv():
    return torch.tensor([[1.0, 1.0], [1.0, -1.0]])


# %% wrong: its determinant
def jacobian_xy_uv():
    return torch.det(torch.tensor([[0.5, 0.5], [0.5, -0.5]]))


# %% wrong: its determinant
def jacobian_xy_uv():
    return torch.tensor(0.5)


# %% wrong: the minus in the wrong place
def jacobian_xy_uv():
    return torch.tensor([[0.5, -0.5], [0.5, 0.5]])


# %% wrong: the minus in the wrong place
def jacobian_xy_uv():
    return 0.5 * torch.ones(2, 2)


# %% wrong: a pure rotation
def jacobian_xy_uv():
    return torch.tensor([[1.0, 1.0], [1.0, -1.0]]) / math.sqrt(2)


# %% wrong: -
# integer division
def jacobian_xy_uv():
    return torch.tensor([[1, 1], [1, -1]]) // 2


# %% wrong: -
# in a row
def jacobian_xy_uv():
    return torch.tensor([0.5, 0.5, 0.5, -0.5])


# %% wrong: -
# halves in one row only
def jacobian_xy_uv():
    return torch.tensor([[0.5, 0.5], [1.0, -1.0]])


# %% wrong: -
# a list
def jacobian_xy_uv():
    return [[0.5, 0.5], [0.5, -0.5]]


# %% raised
def jacobian_xy_uv():
    x = (u + v) / 2
    y = (u - v) / 2
    return torch.autograd.grad([x, y], [u, v])


# %% not attempted
def jacobian_xy_uv():
    # YOUR CODE HERE
    raise NotImplementedError()
