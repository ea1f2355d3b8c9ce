# %% right: smallest energy subtracted, trapezoidal rule
def normalized_density(energy, grid):
    p = torch.exp(-(energy - energy.min()))
    return p / torch.trapezoid(p, grid)


# %% right: softmax divided by the width of a cell
def normalized_density(energy, grid):
    width = grid[1] - grid[0]
    return torch.softmax(-energy, dim=0) / width


# %% right: logsumexp
def normalized_density(energy, grid):
    dx = (grid[-1] - grid[0]) / (len(grid) - 1)
    log_Z = torch.logsumexp(-energy, 0) + torch.log(dx)
    return torch.exp(-energy - log_Z)


# %% right: NumPy
def normalized_density(energy, grid):
    e, x = energy.double().numpy(), grid.double().numpy()
    p = np.exp(e.min() - e)
    return torch.from_numpy(p / (p.sum() * (x[1] - x[0])))


# %% wrong: exp(+E)
def normalized_density(energy, grid):
    p = torch.exp(energy - energy.max())
    return p / torch.trapezoid(p, grid)


# %% wrong: probabilities, not a density
def normalized_density(energy, grid):
    return torch.softmax(-energy, dim=0)


# %% wrong: probabilities, not a density
def normalized_density(energy, grid):
    p = torch.exp(energy.min() - energy)
    return p / p.sum()


# %% wrong: not normalised & unstable for large energies
def normalized_density(energy, grid):
    return torch.exp(-energy)


# %% wrong: not normalised
def normalized_density(energy, grid):
    p = torch.exp(-energy + energy.min())
    return p / p.max()


# %% wrong: the mean instead of the integral
def normalized_density(energy, grid):
    p = torch.exp(energy.min() - energy)
    return p / p.mean()


# %% wrong: unstable for large energies
def normalized_density(energy, grid):
    p = torch.exp(-energy)
    return p / torch.trapezoid(p, grid)


# %% wrong: unstable for large energies
def normalized_density(energy, grid):
    p = (-energy).exp()
    return p / (p.sum() * (grid[1] - grid[0]))


# %% wrong: the caller's tensor overwritten
def normalized_density(energy, grid):
    energy -= energy.min()
    p = torch.exp(-energy)
    return p / torch.trapezoid(p, grid)


# %% wrong: -
# the temperature
def normalized_density(energy, grid):
    p = torch.exp(-(energy - energy.min()) / 2)
    return p / torch.trapezoid(p, grid)


# %% wrong: -
# the constant is returned
def normalized_density(energy, grid):
    p = torch.exp(-(energy - energy.min()))
    return torch.trapezoid(p, grid)


# %% wrong: returns None
# nothing is returned
def normalized_density(energy, grid):
    p = torch.exp(-(energy - energy.min()))
    p = p / torch.trapezoid(p, grid)


# %% wrong: -
# the square of the density
def normalized_density(energy, grid):
    p = torch.exp(2 * (energy.min() - energy))
    return p / torch.trapezoid(p, grid)


# %% wrong: -
# divided by the length of the grid as well
def normalized_density(energy, grid):
    p = torch.exp(energy.min() - energy)
    return p / torch.trapezoid(p, grid) / (grid[-1] - grid[0])


# %% raised
def normalized_density(energy, grid):
    return torch.exp(-energy) / torch.integrate(torch.exp(-energy), grid)


# %% not attempted
def normalized_density(energy, grid):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: exp(+E)
def normalized_density(energy, grid):
    p = torch.exp(energy - energy.max())
    return p / (p.sum() * (grid[1] - grid[0]))
