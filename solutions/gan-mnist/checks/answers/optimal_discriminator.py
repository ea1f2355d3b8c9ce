# %% right: torch.where
def optimal_discriminator(p_data, p_g):
    total = p_data + p_g
    return torch.where(total > 0, p_data / total, torch.full_like(total, 0.5))


# %% right: nan_to_num
def optimal_discriminator(p_data, p_g):
    return torch.nan_to_num(p_data / (p_data + p_g), nan=0.5)


# %% right: a mask
def optimal_discriminator(p_data, p_g):
    d = torch.ones_like(p_data) * 0.5
    known = (p_data != 0) | (p_g != 0)
    d[known] = p_data[known] / (p_data[known] + p_g[known])
    return d


# %% right: a small number above and twice below
def optimal_discriminator(p_data, p_g):
    eps = 1e-12
    return (p_data + eps) / (p_data + p_g + 2 * eps)


# %% right: NumPy
def optimal_discriminator(p_data, p_g):
    p, q = np.asarray(p_data, dtype=np.float64), np.asarray(p_g, dtype=np.float64)
    out = np.full(p.shape, 0.5)
    np.divide(p, p + q, out=out, where=(p + q) > 0)
    return torch.from_numpy(out)


# %% right: a loop
def optimal_discriminator(p_data, p_g):
    values = []
    for p, q in zip(p_data.tolist(), p_g.tolist()):
        values.append(p / (p + q) if p + q > 0 else 0.5)
    return torch.tensor(values)


# %% right: sigmoid of the log ratio
def optimal_discriminator(p_data, p_g):
    logit = torch.log(p_data) - torch.log(p_g)
    return torch.where(torch.isnan(logit), 0.5, torch.sigmoid(logit))


# %% wrong: q / (p + q)
def optimal_discriminator(p_data, p_g):
    total = p_data + p_g
    return torch.where(total == 0, 0.5, p_g / total)


# %% wrong: q / (p + q) & 0 / 0 left undefined
# and 0 / 0
def optimal_discriminator(p_data, p_g):
    return 1 - p_data / (p_data + p_g)


# %% wrong: p / q
def optimal_discriminator(p_data, p_g):
    return p_data / p_g


# %% wrong: p / q
# 1/2 where neither occurs
def optimal_discriminator(p_data, p_g):
    ratio = p_data / (p_g + 1e-12)
    return torch.where((p_data == 0) & (p_g == 0), torch.tensor(0.5), ratio)


# %% wrong: 0 / 0 left undefined
def optimal_discriminator(p_data, p_g):
    return p_data / (p_data + p_g)


# %% wrong: 0 / 0 left undefined
# 0 where the answer is 1/2
def optimal_discriminator(p_data, p_g):
    return p_data / (p_data + p_g + 1e-8)


# %% wrong: 0 / 0 left undefined
def optimal_discriminator(p_data, p_g):
    return torch.nan_to_num(p_data / (p_data + p_g))


# %% wrong: the logit
def optimal_discriminator(p_data, p_g):
    return torch.log(p_data) - torch.log(p_g)


# %% wrong: the caller's tensor overwritten
def optimal_discriminator(p_data, p_g):
    p_data += 1e-12
    p_g += 1e-12
    p_data[p_data == 0] = 1e-12
    p_g[p_g == 0] = 1e-12
    return p_data / (p_data + p_g)


# %% wrong: the caller's tensor overwritten
def optimal_discriminator(p_data, p_g):
    nowhere = p_data + p_g == 0
    p_data[nowhere] = p_g[nowhere] = 1.0
    return p_data.div_(p_data + p_g)


# %% wrong: -
def optimal_discriminator(p_data, p_g):
    return torch.full_like(p_data, 0.5)


# %% wrong: a decision, not a probability
# with 1/2 where both are alike, so also where neither occurs
def optimal_discriminator(p_data, p_g):
    decided = torch.where(p_data > p_g, 1.0, torch.where(p_data < p_g, 0.0, 0.5))
    return decided.to(p_data)


# %% wrong: a decision, not a probability
def optimal_discriminator(p_data, p_g):
    return (p_data > p_g).float()


# %% wrong: -
# a single number
def optimal_discriminator(p_data, p_g):
    return p_data.sum() / (p_data.sum() + p_g.sum())


# %% raised
def optimal_discriminator(p_data, p_g):
    if p_data + p_g == 0:
        return 0.5
    return p_data / (p_data + p_g)


# %% wrong: only for float32
def optimal_discriminator(p_data, p_g):
    d = torch.full(p_data.shape, 0.5)
    some = p_data + p_g > 0
    d[some] = p_data[some] / (p_data + p_g)[some]
    return d


# %% wrong: a sigmoid of the probabilities
def optimal_discriminator(p_data, p_g):
    return torch.softmax(torch.stack([p_data, p_g]), 0)[0]


# %% wrong: a sigmoid of the probabilities
def optimal_discriminator(p_data, p_g):
    return torch.sigmoid(p_data / p_g)


# %% wrong: -
# a 1 in the denominator
def optimal_discriminator(p_data, p_g):
    return p_data / (p_data + p_g + 1)


# %% not attempted
def optimal_discriminator(p_data, p_g):
    raise NotImplementedError()
