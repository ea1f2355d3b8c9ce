# %% right: rand stretched and shifted
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.rand(batch_size, dim) * 2 - 1


# %% right: uniform_ on an empty tensor
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    noise = torch.empty(batch_size, dim)
    noise.uniform_(-1, 1)
    return noise


# %% right: a generator of its own
def sample_noise(batch_size, dim, seed=None):
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return 1 - 2 * torch.rand((batch_size, dim), generator=generator)


# %% right: torch.distributions
def sample_noise(batch_size, dim, seed=None):
    if seed != None:
        torch.manual_seed(seed)
    dist = torch.distributions.Uniform(torch.tensor(-1.0), torch.tensor(1.0))
    return dist.sample((batch_size, dim))


# %% right: NumPy and a cast to float32
def sample_noise(batch_size, dim, seed=None):
    rng = np.random.default_rng(seed)
    z = rng.uniform(low=-1.0, high=1.0, size=(batch_size, dim))
    return torch.from_numpy(z).float()


# %% right: nn.init
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    with torch.no_grad():
        return nn.init.uniform_(torch.zeros(batch_size, dim), a=-1.0, b=1.0)


# %% right: noise that wants a gradient
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return (2 * torch.rand(batch_size, dim) - 1).requires_grad_()


# %% wrong: U(0, 1)
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.rand(batch_size, dim)


# %% wrong: U(0, 1) & the seed is ignored
# the seed is ignored too
def sample_noise(batch_size, dim, seed=None):
    return torch.FloatTensor(batch_size, dim).uniform_()


# %% wrong: U(-1/2, 1/2)
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.rand(batch_size, dim) - 0.5


# %% wrong: U(-1/2, 1/2)
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    z = torch.rand(batch_size, dim)
    z = 2 * z - 1
    return z / 2


# %% wrong: normal noise
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.randn(batch_size, dim)


# %% wrong: normal noise
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        np.random.seed(seed)
    return torch.tensor(np.random.normal(0, 1, (batch_size, dim)), dtype=torch.float32)


# %% wrong: normal noise divided by its maximum
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    z = torch.randn(batch_size, dim)
    return z / z.abs().max()


# %% wrong: normal noise divided by its maximum
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    z = torch.randn(batch_size, dim)
    return z / torch.max(z)


# %% wrong: normal noise divided by its maximum
# row by row
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    z = torch.randn(batch_size, dim)
    return z / z.abs().max(dim=1, keepdim=True).values


# %% wrong: the same noise at every call
def sample_noise(batch_size, dim, seed=None):
    torch.manual_seed(42)
    return torch.rand(batch_size, dim) * 2 - 1


# %% wrong: the same noise at every call
def sample_noise(batch_size, dim, seed=None):
    torch.manual_seed(seed or 0)
    return torch.empty(batch_size, dim).uniform_(-1, 1)


# %% wrong: the seed is ignored
def sample_noise(batch_size, dim, seed=None):
    return 2 * torch.rand(batch_size, dim) - 1


# %% wrong: the seed is ignored
# the wrong library is seeded
def sample_noise(batch_size, dim, seed=None):
    import random

    if seed is not None:
        random.seed(seed)
    return torch.empty(batch_size, dim).uniform_(-1, 1)


# %% wrong: seed 0 taken for no seed
def sample_noise(batch_size, dim, seed=None):
    if seed:
        torch.manual_seed(seed)
    return torch.rand(batch_size, dim) * 2 - 1


# %% wrong: normal noise squeezed into [-1, 1]
# normal, squashed
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.tanh(torch.randn(batch_size, dim))


# %% wrong: normal noise squeezed into [-1, 1]
# normal, cut off
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.randn(batch_size, dim).clamp(-1, 1)


# %% wrong: noise in float64
# float64, which no float32 network takes
def sample_noise(batch_size, dim, seed=None):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(-1, 1, (batch_size, dim)))


# %% wrong: rows and columns swapped
# rows and columns swapped
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return 2 * torch.rand(dim, batch_size) - 1


# %% wrong: one noise for several draws
# one row for the whole batch
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return (2 * torch.rand(1, dim) - 1).repeat(batch_size, 1)


# %% wrong: -
# a NumPy array
def sample_noise(batch_size, dim, seed=None):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (batch_size, dim)).astype(np.float32)


# %% wrong: -
# whole numbers
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.randint(-1, 2, (batch_size, dim)).float()


# %% raised
def sample_noise(batch_size, dim, seed=None):
    return torch.uniform(-1, 1, (batch_size, dim))


# %% wrong: -
# a triangle: the mean of two draws
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.rand(batch_size, dim) + torch.rand(batch_size, dim) - 1


# %% not attempted
def sample_noise(batch_size, dim, seed=None):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: another interval
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return -1 + torch.rand(batch_size, dim) * 1
