# %% right: element by element, then summed
def kl_normal(qm, qv, pm, pv):
    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
    kl = element_wise.sum(-1)
    return kl


# %% right: torch.distributions
def kl_normal(qm, qv, pm, pv):
    q = torch.distributions.Normal(qm, torch.sqrt(qv))
    p = torch.distributions.Normal(pm, torch.sqrt(pv))
    return torch.distributions.kl_divergence(q, p).sum(dim=-1)


# %% right: deviations
def kl_normal(qm, qv, pm, pv):
    qs, ps = qv**0.5, pv**0.5
    return (torch.log(ps / qs) + (qs**2 + (qm - pm) ** 2) / (2 * ps**2) - 0.5).sum(dim=1)


# %% right: four sums
def kl_normal(qm, qv, pm, pv):
    d = qm.size(-1)
    log_det = pv.log().sum(-1) - qv.log().sum(-1)
    trace = (qv / pv).sum(-1)
    distance = ((pm - qm) ** 2 / pv).sum(-1)
    return (log_det - d + trace + distance) / 2


# %% wrong: v as deviation
def kl_normal(qm, qv, pm, pv):
    return (torch.log(pv / qv) + (qv**2 + (qm - pm) ** 2) / (2 * pv**2) - 0.5).sum(-1)


# %% wrong: v as deviation
def kl_normal(qm, qv, pm, pv):
    q, p = torch.distributions.Normal(qm, qv), torch.distributions.Normal(pm, pv)
    return torch.distributions.kl_divergence(q, p).sum(-1)


# %% wrong: a mean instead of a sum
def kl_normal(qm, qv, pm, pv):
    return (0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1)).mean(-1)


# %% wrong: one number for the whole batch
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum()


# %% wrong: one number for the whole batch
def kl_normal(qm, qv, pm, pv):
    return (0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1)).sum(-1).mean()


# %% wrong: not summed
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1)


# %% wrong: the KL the wrong way round
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (qv.log() - pv.log() + pv / qv + (qm - pm) ** 2 / qv - 1).sum(-1)


# %% wrong: the half missing
def kl_normal(qm, qv, pm, pv):
    return (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum(-1)


# %% wrong: plus instead of minus
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (qv.log() - pv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum(-1)


# %% wrong: the 1 forgotten
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv).sum(-1)


# %% wrong: 1 for d
def kl_normal(qm, qv, pm, pv):
    log_det = pv.log().sum(-1) - qv.log().sum(-1)
    return 0.5 * (log_det + (qv / pv).sum(-1) + ((qm - pm) ** 2 / pv).sum(-1) - 1)


# %% wrong: the caller's tensor overwritten
def kl_normal(qm, qv, pm, pv):
    difference = qm.sub_(pm).pow(2)
    return 0.5 * (pv.log() - qv.log() + (qv + difference) / pv - 1).sum(-1)


# %% wrong: the squared difference not divided
# the squared difference not divided
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 - 1).sum(-1)


# %% wrong: the difference not squared
# the difference not squared
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) / pv - 1).sum(-1)


# %% wrong: -
# summed over the batch, not over the dimensions
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum(0)


# %% wrong: the half twice, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.25 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)


# %% wrong: negated, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = -0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)


# %% wrong: v as log variance, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (pv - qv + (qv - pv).exp() + (qm - pm).pow(2) / pv.exp() - 1)


# %% wrong: log σ for log σ², from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (0.5 * torch.log(pv / qv) + qv / pv + (qm - pm).pow(2) / pv - 1)


# %% wrong: log σ for log σ², from: element by element, then summed
# outside the half
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = torch.log(pv) - torch.log(qv) + 0.5 * (qv / pv + (qm - pm).pow(2) / pv - 1)


# %% wrong: the squared difference divided by qv, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / qv - 1)


# %% wrong: the ratio of the variances inverted, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + pv / qv + (qm - pm).pow(2) / pv - 1)


# %% wrong: v as deviation & the half missing, from: element by element, then summed
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 2 * torch.log(pv / qv) + (qv / pv) ** 2 + ((qm - pm) / pv) ** 2 - 1


# %% wrong: the gradient is cut, from: element by element, then summed
-    return kl
+    return kl.detach()


# %% wrong: -, from: element by element, then summed
# both logarithms added
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (torch.log(pv) + torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)


# %% wrong: -, from: element by element, then summed
# both variances below the square
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / (pv + qv) - 1)


# %% wrong: plus instead of minus, from: element by element, then summed
# of both quotients
-    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm).pow(2) / pv - 1)
+    element_wise = 0.5 * (torch.log(pv) - torch.log(qv) - qv / pv - (qm - pm).pow(2) / pv - 1)


# %% raised
def kl_normal(qm, qv, pm, pv):
    return 0.5 * (math.log(pv) - math.log(qv) + qv / pv + (qm - pm) ** 2 / pv - 1).sum(-1)


# %% not attempted
def kl_normal(qm, qv, pm, pv):
    raise NotImplementedError()
