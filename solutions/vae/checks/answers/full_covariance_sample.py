# %% right: tril and a diagonal
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, diagonal=-1) + torch.diag_embed(torch.exp(log_sigma))
    return mu + torch.matmul(L, eps.unsqueeze(-1)).squeeze(-1)


# %% right: a mask of ones, as in the text
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    d = mu.shape[-1]
    mask = torch.ones(d, d).tril(-1)
    L = mask * L_raw + torch.eye(d) * log_sigma.exp().unsqueeze(1)
    return torch.bmm(L, eps[:, :, None])[:, :, 0] + mu


# %% right: einsum
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    below = torch.tril(L_raw, -1)
    return mu + log_sigma.exp() * eps + torch.einsum("nij,nj->ni", below, eps)


# %% right: row by row
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    rows = []
    for n in range(len(mu)):
        L = torch.tril(L_raw[n], -1) + torch.diag(log_sigma[n].exp())
        rows.append(mu[n] + L @ eps[n])
    return torch.stack(rows)


# %% wrong: log σ halved
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(torch.exp(0.5 * log_sigma))
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: the mask keeps the diagonal
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw) + torch.diag_embed(log_sigma.exp())
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: the mask keeps the diagonal
# and nothing else stands there
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    return mu + (torch.tril(L_raw) @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: the upper triangle
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.triu(L_raw, 1) + torch.diag_embed(log_sigma.exp())
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: no mask
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = L_raw + torch.diag_embed(log_sigma.exp())
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: log σ on the diagonal
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma)
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: L transposed
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return mu + (eps.unsqueeze(1) @ L).squeeze(1)


# %% wrong: the covariance L Lᵀ instead of L
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    covariance = L @ L.transpose(1, 2)
    return mu + (covariance @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: only the diagonal
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    return mu + torch.exp(log_sigma) * eps


# %% wrong: the caller's tensor overwritten
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = L_raw.tril_(-1) + torch.diag_embed(log_sigma.exp())
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: -
# noise of its own
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return mu + (L @ torch.randn_like(eps).unsqueeze(-1)).squeeze(-1)


# %% wrong: the mean left out
# the mean forgotten
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return (L @ eps.unsqueeze(-1)).squeeze(-1)


# %% wrong: -
# a table for each row
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())
    return mu.unsqueeze(-1) + L * eps.unsqueeze(-1)


# %% wrong: the variance on the diagonal, from: tril and a diagonal
-    L = torch.tril(L_raw, diagonal=-1) + torch.diag_embed(torch.exp(log_sigma))
+    L = torch.tril(L_raw, diagonal=-1) + torch.diag_embed(torch.exp(2 * log_sigma))


# %% wrong: the gradient is cut, from: tril and a diagonal
-    return mu + torch.matmul(L, eps.unsqueeze(-1)).squeeze(-1)
+    return mu + torch.matmul(L, eps.unsqueeze(-1)).squeeze(-1).detach()


# %% wrong: -, from: tril and a diagonal
# the noise subtracted
-    return mu + torch.matmul(L, eps.unsqueeze(-1)).squeeze(-1)
+    return mu - torch.matmul(L, eps.unsqueeze(-1)).squeeze(-1)


# %% raised
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    L = torch.tril(L_raw, -1) + torch.diag(log_sigma.exp())
    return mu + L @ eps


# %% not attempted
def full_covariance_sample(mu, log_sigma, L_raw, eps):
    raise NotImplementedError()
