# %% right: where
def drop_labels(y, p, null):
    dropped = torch.rand(y.shape, device=y.device) < p
    return torch.where(dropped, torch.full_like(y, null), y)


# %% right: a clone and a mask
def drop_labels(y, p, null):
    y = y.clone()
    y[torch.rand(len(y)) < p] = null
    return y


# %% right: Bernoulli
def drop_labels(y, p, null):
    mask = torch.bernoulli(torch.full(y.shape, float(p))).long()
    return y * (1 - mask) + null * mask


# %% right: the share that is kept
def drop_labels(y, p, null):
    keep = torch.zeros_like(y).float().uniform_(0, 1) < 1 - p
    return torch.where(keep, y, null)


# %% right: masked_fill
def drop_labels(y, p, null):
    return y.masked_fill(torch.rand_like(y, dtype=torch.float) < p, null)


# %% right: NumPy
def drop_labels(y, p, null):
    dropped = np.random.rand(len(y)) < p
    return torch.from_numpy(np.where(dropped, null, y.numpy()))


# %% right: a loop
def drop_labels(y, p, null):
    return torch.stack([torch.tensor(null) if torch.rand(1) < p else label for label in y])


# %% right: a round number of them, anywhere
def drop_labels(y, p, null):
    result = y.clone()
    result[torch.randperm(len(y))[: round(p * len(y))]] = null
    return result


# %% wrong: p is the share dropped
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) < p, y, null)


# %% wrong: p is the share dropped
def drop_labels(y, p, null):
    mask = torch.bernoulli(torch.full(y.shape, float(p))).long()
    return y * mask + null * (1 - mask)


# %% wrong: all labels or none
def drop_labels(y, p, null):
    if torch.rand(1) < p:
        return torch.full_like(y, null)
    return y


# %% wrong: all labels or none
def drop_labels(y, p, null):
    if np.random.random() < p:
        y = torch.zeros_like(y) + null
    return y


# %% wrong: always the same places
def drop_labels(y, p, null):
    y = y.clone()
    y[: int(round(p * len(y)))] = null
    return y


# %% wrong: the same labels in every call
def drop_labels(y, p, null):
    torch.manual_seed(0)
    return torch.where(torch.rand(y.shape) < p, null, y)


# %% wrong: normal numbers for uniform ones
def drop_labels(y, p, null):
    return torch.where(torch.randn(y.shape) < p, null, y)


# %% wrong: p not used
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) < 0.1, null, y)


# %% wrong: p not used
def drop_labels(y, p, null):
    return torch.where(torch.randint(0, 2, y.shape) == 0, null, y)


# %% wrong: another null label
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) < p, 10, y)


# %% wrong: another null label
def drop_labels(y, p, null):
    return y * (torch.rand(y.shape) >= p)


# %% wrong: the labels dropped from the batch
def drop_labels(y, p, null):
    return y[torch.rand(len(y)) > p]


# %% wrong: the labels kept are changed
def drop_labels(y, p, null):
    mask = (torch.rand(y.shape) < p).long()
    return null * mask


# %% wrong: the caller's tensor overwritten
def drop_labels(y, p, null):
    y[torch.rand(y.shape) < p] = null
    return y


# %% wrong: not whole numbers
def drop_labels(y, p, null):
    mask = (torch.rand(y.shape) < p).float()
    return y * (1 - mask) + null * mask


# %% wrong: -
# a random label for a dropped one
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) < p, torch.randint(0, 10, y.shape), y)


# %% wrong: -
# half of p
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) < p / 2, null, y)


# %% wrong: -
# of a product of two draws
def drop_labels(y, p, null):
    return torch.where(torch.rand(y.shape) * torch.rand(y.shape) < p, null, y)


# %% raised
def drop_labels(y, p, null):
    return F.dropout(y, p) + null


# %% not attempted
def drop_labels(y, p, null):
    # YOUR CODE HERE
    raise NotImplementedError()
