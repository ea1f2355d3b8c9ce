# %% right: xlogy
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum() + torch.special.xlog1py(p_g, -d).sum()


# %% right: masks
def value_function(p_data, p_g, d):
    real = p_data > 0
    fake = p_g > 0
    return (p_data[real] * torch.log(d[real])).sum() + (p_g[fake] * torch.log(1 - d[fake])).sum()


# %% right: an epsilon inside the logarithm
def value_function(p_data, p_g, d):
    eps = 1e-8
    return torch.sum(p_data * torch.log(d + eps) + p_g * torch.log(1 - d + eps))


# %% right: SciPy in float64
def value_function(p_data, p_g, d):
    from scipy.special import xlogy

    p, q, d = (t.numpy().astype(np.float64) for t in (p_data, p_g, d))
    return xlogy(p, d).sum() + xlogy(q, 1 - d).sum()


# %% right: nansum
def value_function(p_data, p_g, d):
    return torch.nansum(p_data * d.log()) + torch.nansum(p_g * (1 - d).log())


# %% right: minus a weighted cross-entropy
def value_function(p_data, p_g, d):
    real = F.binary_cross_entropy(d, torch.ones_like(d), weight=p_data, reduction="sum")
    fake = F.binary_cross_entropy(d, torch.zeros_like(d), weight=p_g, reduction="sum")
    return -(real + fake)


# %% right: a clamped probability
def value_function(p_data, p_g, d):
    d = d.double().clamp(1e-12, 1 - 1e-12)
    return p_data.double() @ d.log() + p_g.double() @ torch.log1p(-d)


# %% wrong: negated
def value_function(p_data, p_g, d):
    return -(torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).sum()


# %% wrong: negated & 0 log 0
# and 0 log 0
def value_function(p_data, p_g, d):
    loss = -torch.sum(p_data * torch.log(d)) - torch.sum(p_g * torch.log(1 - d))
    return loss


# %% wrong: real and fake swapped
def value_function(p_data, p_g, d):
    return torch.xlogy(p_g, d).sum() + torch.xlogy(p_data, 1 - d).sum()


# %% wrong: real and fake swapped
def value_function(p_data, p_g, d):
    return (p_data * torch.log(1 - d) + p_g * torch.log(d)).sum()


# %% wrong: log d for the fakes too
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum() + torch.xlogy(p_g, d).sum()


# %% wrong: log d for the fakes too
def value_function(p_data, p_g, d):
    return torch.sum((p_data + p_g) * torch.log(d + 1e-8))


# %% wrong: averaged over the outcomes
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).mean() + torch.xlogy(p_g, 1 - d).mean()


# %% wrong: averaged over the outcomes & 0 log 0
# and 0 log 0
def value_function(p_data, p_g, d):
    return torch.mean(p_data * d.log() + p_g * (1 - d).log())


# %% wrong: 0 log 0
def value_function(p_data, p_g, d):
    return torch.sum(p_data * torch.log(d)) + torch.sum(p_g * torch.log(1 - d))


# %% wrong: 0 log 0
def value_function(p_data, p_g, d):
    return torch.dot(p_data, d.log()) + torch.dot(p_g, (-d).log1p())


# %% wrong: the caller's tensor overwritten
def value_function(p_data, p_g, d):
    p_data[p_data == 0] = 1e-10
    p_g[p_g == 0] = 1e-10
    return (p_data * torch.log(d + 1e-10) + p_g * torch.log(1 - d + 1e-10)).sum()


# %% wrong: the caller's tensor overwritten
def value_function(p_data, p_g, d):
    first = torch.xlogy(p_data, d).sum()
    d *= -1
    d += 1
    return first + torch.xlogy(p_g, d).sum()


# %% wrong: not weighted by the probabilities
# unweighted
def value_function(p_data, p_g, d):
    d = d.clamp(1e-8, 1 - 1e-7)
    return d.log().mean() + (1 - d).log().mean()


# %% wrong: the best discriminator instead of the given one
# the optimal discriminator instead of the given one
def value_function(p_data, p_g, d):
    total = p_data + p_g
    best = torch.where(total > 0, p_data / total, 0.5)
    return (torch.xlogy(p_data, best) + torch.xlogy(p_g, 1 - best)).sum()


# %% wrong: a logarithm with another base
# base 2
def value_function(p_data, p_g, d):
    d = d.clamp(1e-8, 1 - 1e-7)
    return (p_data * d.log2() + p_g * (1 - d).log2()).sum()


# %% wrong: d taken for a logit
# d taken for a logit
def value_function(p_data, p_g, d):
    return (p_data * F.logsigmoid(d) + p_g * F.logsigmoid(-d)).sum()


# %% raised
def value_function(p_data, p_g, d):
    return (p_data * math.log(d) + p_g * math.log(1 - d)).sum()


# %% wrong: only one of the two expectations
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum()


# %% wrong: only for float32
def value_function(p_data, p_g, d):
    terms = torch.zeros(2, len(d))
    some = p_data > 0
    terms[0][some] = p_data[some] * torch.log(d[some])
    some = p_g > 0
    terms[1][some] = p_g[some] * torch.log(1 - d[some])
    return terms.sum()


# %% wrong: -
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum() * torch.xlogy(p_g, 1 - d).sum()


# %% wrong: -
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum() + torch.xlogy(p_g, 1 - d).sum() + 1


# %% wrong: d without its logarithm
def value_function(p_data, p_g, d):
    return (p_data * d).sum() + (p_g * (1 - d)).sum()


# %% wrong: -
# the distance of the two expectations
def value_function(p_data, p_g, d):
    return (torch.xlogy(p_data, d).sum() - torch.xlogy(p_g, 1 - d).sum()) ** 2


# %% wrong: one expectation subtracted
def value_function(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum() - torch.xlogy(p_g, 1 - d).sum()


# %% not attempted
def value_function(p_data, p_g, d):
    raise NotImplementedError()


# %% wrong: 1 - log d for log(1 - d)
def value_function(p_data, p_g, d):
    return torch.sum(p_data * torch.log(d)) + torch.sum(p_g * (1 - torch.log(d)))


# %% wrong: 1 - p_data in the place of p_g
def value_function(p_data, p_g, d):
    return -F.binary_cross_entropy(d, p_data, reduction="sum")
