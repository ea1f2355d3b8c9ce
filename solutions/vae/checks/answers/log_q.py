# %% right: as it stands
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1)


# %% right: torch.distributions and the change of variables
def log_q(eps, log_sigma):
    base = torch.distributions.Normal(0.0, 1.0).log_prob(eps).sum(-1)
    return base - log_sigma.sum(-1)


# %% right: NumPy constants
def log_q(eps, log_sigma):
    d = eps.shape[1]
    return -0.5 * eps.pow(2).sum(1) - 0.5 * d * np.log(2 * np.pi) - log_sigma.sum(1)


# %% right: a multivariate normal
def log_q(eps, log_sigma):
    d = eps.shape[-1]
    normal = torch.distributions.MultivariateNormal(torch.zeros(d), torch.eye(d))
    return normal.log_prob(eps) - torch.log(torch.prod(torch.exp(log_sigma), dim=-1))


# %% wrong: log σ halved
def log_q(eps, log_sigma):
    return -0.5 * torch.sum(eps**2 + math.log(2 * math.pi) + log_sigma, dim=-1)


# %% wrong: log σ halved
def log_q(eps, log_sigma):
    base = torch.distributions.Normal(0.0, 1.0).log_prob(eps).sum(-1)
    return base - 0.5 * log_sigma.sum(-1)


# %% wrong: plus log σ
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) - log_sigma, dim=-1)


# %% wrong: log σ left out
def log_q(eps, log_sigma):
    return torch.distributions.Normal(0.0, 1.0).log_prob(eps).sum(-1)


# %% wrong: 2π forgotten
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * eps**2 + log_sigma, dim=-1)


# %% wrong: 2π forgotten
# for all numbers of the code but one
def log_q(eps, log_sigma):
    return -0.5 * (eps**2).sum(1) - 0.5 * math.log(2 * math.pi) - log_sigma.sum(1)


# %% wrong: the half missing
def log_q(eps, log_sigma):
    return -torch.sum(eps**2 + math.log(2 * math.pi) + log_sigma, dim=-1)


# %% wrong: the half missing
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * eps**2 + math.log(2 * math.pi) + log_sigma, dim=-1)


# %% wrong: negated
def log_q(eps, log_sigma):
    return torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1)


# %% wrong: one number for the whole batch
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma)


# %% wrong: a mean instead of a sum
def log_q(eps, log_sigma):
    return -torch.mean(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1)


# %% wrong: the caller's tensor overwritten
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps.pow_(2) + math.log(2 * math.pi)) + log_sigma, dim=-1)


# %% wrong: -
# the deviation instead of its logarithm
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma.exp(), dim=-1)


# %% wrong: -
# eps scaled as if it were z
def log_q(eps, log_sigma):
    return torch.distributions.Normal(0.0, log_sigma.exp()).log_prob(eps).sum(-1)


# %% wrong: -
# the density itself
def log_q(eps, log_sigma):
    return torch.exp(-torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1))


# %% wrong: eps² left out, from: as it stands
-    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1)
+    return -torch.sum(0.5 * math.log(2 * math.pi) + log_sigma, dim=-1)


# %% wrong: the gradient is cut, from: as it stands
-    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1)
+    return -torch.sum(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma, dim=-1).detach()


# %% raised
def log_q(eps, log_sigma):
    return -torch.sum(0.5 * (eps**2 + torch.log(2 * math.pi)) + log_sigma, dim=-1)


# %% not attempted
def log_q(eps, log_sigma):
    raise NotImplementedError()
