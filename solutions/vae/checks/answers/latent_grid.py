# %% right: the quantiles of a Normal
def latent_grid(n):
    levels = (torch.arange(n) + 0.5) / n
    z = torch.distributions.Normal(0.0, 1.0).icdf(levels)
    return torch.cartesian_prod(z, z)


# %% right: scipy and meshgrid
def latent_grid(n):
    from scipy.stats import norm

    z = norm.ppf((np.arange(n) + 0.5) / n)
    a, b = np.meshgrid(z, z)
    return torch.tensor(np.stack([a.ravel(), b.ravel()], axis=1), dtype=torch.float32)


# %% right: two loops, the second axis from the top down
def latent_grid(n):
    z = [torch.special.ndtri(torch.tensor((i + 0.5) / n)).item() for i in range(n)]
    return torch.tensor([[x, y] for y in reversed(z) for x in z])


# %% right: the inverse error function
def latent_grid(n):
    u = torch.linspace(0.5 / n, 1 - 0.5 / n, n)
    z = math.sqrt(2) * torch.erfinv(2 * u - 1)
    rows, columns = torch.meshgrid(z, z, indexing="ij")
    return torch.stack([rows.flatten(), columns.flatten()], dim=1)


# %% wrong: evenly spaced codes
def latent_grid(n):
    z = torch.linspace(-3, 3, n)
    return torch.cartesian_prod(z, z)


# %% wrong: evenly spaced codes
# the levels themselves
def latent_grid(n):
    z = (torch.arange(n) + 0.5) / n
    return torch.cartesian_prod(z, z)


# %% wrong: the distribution function, not its inverse
def latent_grid(n):
    levels = (torch.arange(n) + 0.5) / n
    z = torch.distributions.Normal(0.0, 1.0).cdf(levels)
    return torch.cartesian_prod(z, z)


# %% wrong: infinite codes at the edge
def latent_grid(n):
    z = torch.distributions.Normal(0.0, 1.0).icdf(torch.linspace(0, 1, n))
    return torch.cartesian_prod(z, z)


# %% wrong: infinite codes at the edge
# the lower one only
def latent_grid(n):
    z = torch.special.ndtri(torch.arange(n) / n)
    return torch.cartesian_prod(z, z)


# %% wrong: other levels
def latent_grid(n):
    z = torch.distributions.Normal(0.0, 1.0).icdf(torch.linspace(0.05, 0.95, n))
    return torch.cartesian_prod(z, z)


# %% wrong: other levels
def latent_grid(n):
    z = torch.special.ndtri((torch.arange(n) + 1) / (n + 1))
    return torch.cartesian_prod(z, z)


# %% wrong: -
# the diagonal only
def latent_grid(n):
    z = torch.special.ndtri((torch.arange(n) + 0.5) / n)
    return torch.stack([z, z], dim=1)


# %% wrong: -
# drawn at random
def latent_grid(n):
    return torch.randn(n * n, 2)


# %% wrong: -
# one axis
def latent_grid(n):
    return torch.special.ndtri((torch.arange(n) + 0.5) / n)


# %% raised
def latent_grid(n):
    z = torch.icdf((torch.arange(n) + 0.5) / n)
    return torch.cartesian_prod(z, z)


# %% not attempted
def latent_grid(n):
    raise NotImplementedError()


# %% wrong: the root of 2 forgotten
def latent_grid(n):
    u = (torch.arange(n) + 0.5) / n
    z = torch.erfinv(2 * u - 1)
    return torch.cartesian_prod(z, z)
