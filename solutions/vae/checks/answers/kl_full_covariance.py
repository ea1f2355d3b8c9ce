# %% right: the closed form
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    d = mu.shape[-1]
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))


# %% right: traces and determinants
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    S = L @ L.transpose(-1, -2)
    trace = S.diagonal(dim1=-2, dim2=-1).sum(-1)
    return (trace + mu.square().sum(-1) - mu.size(-1) - torch.logdet(S)) / 2


# %% right: torch.distributions
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    q = torch.distributions.MultivariateNormal(mu, scale_tril=L)
    p = torch.distributions.MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[-1]))
    return torch.distributions.kl_divergence(q, p)


# %% right: the mean over ten thousand draws
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    eps = torch.randn(10_000, *mu.shape)
    z = mu + (L @ eps.unsqueeze(-1)).squeeze(-1)
    log_q = -(0.5 * (eps**2 + math.log(2 * math.pi)) + log_sigma).sum(-1)
    log_p = -(0.5 * (z**2 + math.log(2 * math.pi))).sum(-1)
    return (log_q - log_p).mean(0)


# %% right: twenty thousand draws of a distribution
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    q = torch.distributions.MultivariateNormal(mu, scale_tril=L)
    z = q.sample((20_000,))
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    return (q.log_prob(z) - prior).mean(0)


# %% wrong: log σ halved
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1] - log_sigma.sum(-1))


# %% wrong: log σ halved
# everywhere
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed((0.5 * log_sigma).exp())
    S = L @ L.transpose(-1, -2)
    trace = S.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + (mu**2).sum(-1) - mu.shape[-1] - torch.logdet(S))


# %% wrong: the mask keeps the diagonal
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw) + torch.diag_embed(log_sigma.exp())
    log_det = 2 * torch.log(L.diagonal(dim1=-2, dim2=-1)).sum(-1)
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1] - log_det)


# %% wrong: only the diagonal
def kl_full_covariance(mu, log_sigma, L_raw):
    return 0.5 * (torch.exp(2 * log_sigma) + mu**2 - 1 - 2 * log_sigma).sum(-1)


# %% wrong: plus instead of minus
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1]) + log_sigma.sum(-1)


# %% wrong: the half missing
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return (L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1] - 2 * log_sigma.sum(-1)


# %% wrong: the half missing
# of three terms
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1]) - 2 * log_sigma.sum(-1)


# %% wrong: the trace of L instead of L Lᵀ
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    trace = L.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + (mu**2).sum(-1) - mu.shape[-1] - 2 * log_sigma.sum(-1))


# %% wrong: one number for the whole batch
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum() + (mu**2).sum() - mu.numel() - 2 * log_sigma.sum())


# %% wrong: the caller's tensor overwritten
def kl_full_covariance(mu, log_sigma, L_raw):
    L = L_raw.tril_(-1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - mu.shape[-1] - 2 * log_sigma.sum(-1))


# %% wrong: -
# a single draw
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    eps = torch.full_like(mu, 0.3)
    z = mu + (L @ eps.unsqueeze(-1)).squeeze(-1)
    return (0.5 * (z**2 - eps**2) - log_sigma).sum(-1)


# %% wrong: the d forgotten
# the dimension forgotten
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - 2 * log_sigma.sum(-1))


# %% wrong: -, from: torch.distributions
# the wrong way round
-    return torch.distributions.kl_divergence(q, p)
+    return torch.distributions.kl_divergence(p, q)


# %% wrong: negated, from: the closed form
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return -0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))


# %% wrong: the mean left out, from: the closed form
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return 0.5 * ((L**2).sum((1, 2)) - d - 2 * log_sigma.sum(-1))


# %% wrong: 1 for d, from: the closed form
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - 1 - 2 * log_sigma.sum(-1))


# %% wrong: σ left out of the trace
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1)
    d = mu.shape[-1]
    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))


# %% wrong: log det left out, from: the closed form
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d)


# %% wrong: a mean instead of a sum, from: the closed form
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1)) / d


# %% wrong: -, from: the closed form
# the sign of the mean
-    return 0.5 * ((L**2).sum((1, 2)) + (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))
+    return 0.5 * ((L**2).sum((1, 2)) - (mu**2).sum(-1) - d - 2 * log_sigma.sum(-1))


# %% raised
def kl_full_covariance(mu, log_sigma, L_raw):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return 0.5 * (torch.trace(L @ L.T) + mu @ mu - len(mu) - torch.logdet(L @ L.T))


# %% not attempted
def kl_full_covariance(mu, log_sigma, L_raw):
    raise NotImplementedError()
