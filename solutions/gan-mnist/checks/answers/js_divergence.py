# %% right: xlogy
def js_divergence(p, q):
    m = 0.5 * (p + q)
    kl_pm = (torch.xlogy(p, p) - torch.xlogy(p, m)).sum()
    kl_qm = (torch.xlogy(q, q) - torch.xlogy(q, m)).sum()
    return 0.5 * kl_pm + 0.5 * kl_qm


# %% right: entropies
def entropy(p):
    p = p[p > 0]
    return -(p * torch.log(p)).sum()


def js_divergence(p, q):
    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


# %% right: scipy.stats
def js_divergence(p, q):
    from scipy.stats import entropy

    p, q = p.numpy(), q.numpy()
    m = (p + q) / 2
    return 0.5 * entropy(p, m) + 0.5 * entropy(q, m)


# %% right: the square of SciPy's distance
def js_divergence(p, q):
    from scipy.spatial.distance import jensenshannon

    return torch.tensor(jensenshannon(p.double().numpy(), q.double().numpy()) ** 2)


# %% right: torch.where in float64
def kl(a, b):
    a, b = a.double(), b.double()
    safe = torch.where(a > 0, a, torch.ones_like(a))
    return torch.sum(torch.where(a > 0, a * torch.log(safe / torch.where(a > 0, b, 1.0)), 0.0))


def js_divergence(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


# %% right: an epsilon inside the logarithm
def js_divergence(p, q):
    m = (p + q) / 2
    eps = 1e-12
    left = torch.sum(p * torch.log((p + eps) / (m + eps)))
    right = torch.sum(q * torch.log((q + eps) / (m + eps)))
    return 0.5 * (left + right)


# %% right: a loop
def js_divergence(p, q):
    total = 0.0
    for a, b in zip(p.tolist(), q.tolist()):
        for c in (a, b):
            if c > 0:
                total += 0.5 * c * math.log(2 * c / (a + b))
    return total


# %% right: rel_entr
def js_divergence(p, q):
    from scipy.special import rel_entr

    m = (p.numpy() + q.numpy()) / 2
    return torch.as_tensor((rel_entr(p.numpy(), m).sum() + rel_entr(q.numpy(), m).sum()) / 2)


# %% wrong: the halves missing
def js_divergence(p, q):
    m = (p + q) / 2
    return (torch.xlogy(p, p / m)).nansum() + (torch.xlogy(q, q / m)).nansum()


# %% wrong: the halves missing & 0 log 0
# and 0 log 0
def js_divergence(p, q):
    m = 0.5 * (p + q)
    return (p * torch.log(p / m)).sum() + (q * torch.log(q / m)).sum()


# %% wrong: in bits
def js_divergence(p, q):
    m = (p + q) / 2
    a = p[p > 0] * torch.log2(p[p > 0] / m[p > 0])
    b = q[q > 0] * torch.log2(q[q > 0] / m[q > 0])
    return 0.5 * a.sum() + 0.5 * b.sum()


# %% wrong: in bits
def js_divergence(p, q):
    from scipy.spatial.distance import jensenshannon

    return jensenshannon(p.double().numpy(), q.double().numpy(), base=2) ** 2


# %% wrong: the Jensen-Shannon distance
def js_divergence(p, q):
    from scipy.spatial.distance import jensenshannon

    return jensenshannon(p.double().numpy(), q.double().numpy())


# %% wrong: the Jensen-Shannon distance & 0 log 0
# and 0 log 0
def js_divergence(p, q):
    m = (p + q) / 2
    return torch.sqrt(0.5 * (p * (p / m).log()).sum() + 0.5 * (q * (q / m).log()).sum())


# %% wrong: Kullback-Leibler, not Jensen-Shannon
def js_divergence(p, q):
    return torch.sum(p * torch.log(p / q))


# %% wrong: Kullback-Leibler, not Jensen-Shannon
# the symmetric one
def js_divergence(p, q):
    eps = 1e-12
    forward = (p * ((p + eps) / (q + eps)).log()).sum()
    backward = (q * ((q + eps) / (p + eps)).log()).sum()
    return (forward + backward) / 2


# %% wrong: Kullback-Leibler, not Jensen-Shannon
# F.kl_div takes its arguments the other way round
def js_divergence(p, q):
    return F.kl_div((p + 1e-12).log(), q + 1e-12, reduction="sum")


# %% wrong: p + q instead of their average
def js_divergence(p, q):
    m = p + q
    return (
        0.5 * (torch.xlogy(p, p) - torch.xlogy(p, m) + torch.xlogy(q, q) - torch.xlogy(q, m)).sum()
    )


# %% wrong: p + q instead of their average & 0 log 0
# without the halves, and 0 log 0
def js_divergence(p, q):
    d = p / (p + q)
    return (p * torch.log(d)).sum() + (q * torch.log(1 - d)).sum()


# %% wrong: 0 log 0
def js_divergence(p, q):
    m = (p + q) / 2
    return 0.5 * (p * torch.log(p / m)).sum() + 0.5 * (q * torch.log(q / m)).sum()


# %% wrong: 0 log 0
# kl_div takes care of the target's zeros, not of the mixture's
def js_divergence(p, q):
    log_m = ((p + q) / 2).log()
    return 0.5 * (F.kl_div(log_m, p, reduction="sum") + F.kl_div(log_m, q, reduction="sum"))


# %% wrong: the caller's tensor overwritten
def js_divergence(p, q):
    p[p == 0] = 1e-12
    q[q == 0] = 1e-12
    m = (p + q) / 2
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


# %% wrong: the caller's tensor overwritten
def js_divergence(p, q):
    p += 1e-10
    q += 1e-10
    p.clamp_(min=1e-10)
    q.clamp_(min=1e-10)
    m = (p + q) / 2
    return 0.5 * (torch.sum(p * torch.log(p / m)) + torch.sum(q * torch.log(q / m)))


# %% wrong: averaged over the outcomes
# a mean over the outcomes
def js_divergence(p, q):
    m = (p + q) / 2
    terms = torch.xlogy(p, p) + torch.xlogy(q, q) - 2 * torch.xlogy(m, m)
    return 0.5 * terms.mean()


# %% wrong: compared from the mixture
# the mixture compared with the two, not the two with the mixture
def js_divergence(p, q):
    m = (p + q) / 2
    return 0.5 * (
        F.kl_div((p + 1e-12).log(), m, reduction="sum")
        + F.kl_div((q + 1e-12).log(), m, reduction="sum")
    )


# %% wrong: -
# total variation
def js_divergence(p, q):
    return 0.5 * (p - q).abs().sum()


# %% raised
def js_divergence(p, q):
    m = (p + q) / 2
    return 0.5 * kl_divergence(p, m) + 0.5 * kl_divergence(q, m)


# %% wrong: only for float32
def js_divergence(p, q):
    terms = torch.zeros(2, len(p))
    for i, a in enumerate((p, q)):
        there = a > 0
        terms[i][there] = a[there] * torch.log(2 * a[there] / (p + q)[there])
    return terms.sum() / 2


# %% wrong: -
def js_divergence(p, q):
    return (p - q).square().sum()


# %% wrong: -
def js_divergence(p, q):
    return (p.sqrt() - q.sqrt()).square().sum() / 2


# %% wrong: a geometric mean for the mixture
def js_divergence(p, q):
    m = (p * q).sqrt()
    return 0.5 * (p * (p / m).log()).nansum() + 0.5 * (q * (q / m).log()).nansum()


# %% not attempted
def js_divergence(p, q):
    # YOUR CODE HERE
    raise NotImplementedError()
