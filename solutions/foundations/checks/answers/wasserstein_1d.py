# %% right: sorted
def wasserstein_1d(x, y):
    x_sorted, _ = torch.sort(x)
    y_sorted, _ = torch.sort(y)
    return (x_sorted - y_sorted).abs().mean()


# %% right: SciPy
def wasserstein_1d(x, y):
    from scipy.stats import wasserstein_distance

    return wasserstein_distance(x.numpy(), y.numpy())


# %% right: lists
def wasserstein_1d(x, y):
    pairs = zip(sorted(x.tolist()), sorted(y.tolist()))
    return sum(abs(a - b) for a, b in pairs) / len(x)


# %% right: the area between the distribution functions
def wasserstein_1d(x, y):
    points = torch.cat([x, y]).sort().values
    middle = (points[1:] + points[:-1]) / 2
    below_x = (x[None] <= middle[:, None]).double().mean(1)
    below_y = (y[None] <= middle[:, None]).double().mean(1)
    return ((below_x - below_y).abs() * points.diff()).sum()


# %% right: numpy's sort of a copy
def wasserstein_1d(x, y):
    return torch.tensor(np.mean(np.abs(np.sort(x.numpy()) - np.sort(y.numpy()))))


# %% right: the best assignment
def wasserstein_1d(x, y):
    from scipy.optimize import linear_sum_assignment

    cost = torch.cdist(x[:, None].double(), y[:, None].double(), p=1).numpy()
    rows, columns = linear_sum_assignment(cost)
    return cost[rows, columns].mean()


# %% right: descending, L1
def wasserstein_1d(x, y):
    return F.l1_loss(x.sort(descending=True).values, y.sort(descending=True).values)


# %% wrong: unsorted
def wasserstein_1d(x, y):
    return torch.mean(torch.abs(x - y))


# %% wrong: unsorted
# one only
def wasserstein_1d(x, y):
    return F.l1_loss(x.sort()[0], y)


# %% wrong: unsorted
# sort() returns new tensors, which are dropped
def wasserstein_1d(x, y):
    x.sort()
    y.sort()
    return (x - y).abs().mean()


# %% wrong: the moves squared
def wasserstein_1d(x, y):
    return ((x.sort().values - y.sort().values) ** 2).mean()


# %% wrong: the moves squared
def wasserstein_1d(x, y):
    return torch.sqrt(F.mse_loss(x.sort().values, y.sort().values))


# %% wrong: the distance of the means
def wasserstein_1d(x, y):
    return (x.mean() - y.mean()).abs()


# %% wrong: the distance of the means
# the absolute value comes too late
def wasserstein_1d(x, y):
    return abs((x.sort().values - y.sort().values).mean())


# %% wrong: summed over the points
def wasserstein_1d(x, y):
    return torch.abs(torch.sort(x).values - torch.sort(y).values).sum()


# %% wrong: all pairs
def wasserstein_1d(x, y):
    return (x.unsqueeze(1) - y.unsqueeze(0)).abs().mean()


# %% wrong: the longest move only
def wasserstein_1d(x, y):
    return (x.sort().values - y.sort().values).abs().max()


# %% wrong: the caller's tensor overwritten
def wasserstein_1d(x, y):
    a, b = x.numpy(), y.numpy()
    a.sort()
    b.sort()
    return torch.tensor(abs(a - b).mean())


# %% wrong: -
# sorted in opposite directions
def wasserstein_1d(x, y):
    return (x.sort().values - y.sort(descending=True).values).abs().mean()


# %% wrong: -
# the places in the order, not the values
def wasserstein_1d(x, y):
    return (x.sort().indices - y.sort().indices).abs().float().mean()


# %% wrong: -
# not averaged
def wasserstein_1d(x, y):
    return (x.sort().values - y.sort().values).abs()


# %% raised
def wasserstein_1d(x, y):
    return (torch.sort(x) - torch.sort(y)).abs().mean()


# %% not attempted
def wasserstein_1d(x, y):
    # YOUR CODE HERE
    raise NotImplementedError()
