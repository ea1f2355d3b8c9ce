# %% right: two terms
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    kl = 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))
    return fit - kl


# %% right: torch.distributions for the KL
def linear_gaussian_elbo(x, W, sigma, m, V):
    q = torch.distributions.MultivariateNormal(m, V)
    p = torch.distributions.MultivariateNormal(torch.zeros_like(m), torch.eye(len(m)))
    fit = torch.distributions.Normal(W @ m, sigma).log_prob(x).sum()
    fit = fit - torch.trace(W.T @ W @ V) / (2 * sigma**2)
    return fit - torch.distributions.kl_divergence(q, p)


# %% right: slogdet and einsum
def linear_gaussian_elbo(x, W, sigma, m, V):
    residual = x - torch.mv(W, m)
    spread = torch.einsum("ij,jk,ik->", W, V, W)
    log_2pi = np.log(2 * np.pi)
    expected = -(len(x) * (log_2pi + 2 * sigma.log()) + (residual @ residual + spread) / sigma**2)
    divergence = V.diagonal().sum() + m.pow(2).sum() - len(m) - torch.linalg.slogdet(V).logabsdet
    return (expected - divergence) / 2


# %% right: energy and entropy
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    log_prior = -0.5 * (d * math.log(2 * math.pi) + torch.trace(V) + m @ m)
    log_likelihood = -0.5 * D * torch.log(2 * math.pi * sigma**2) - (
        ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    ) / (2 * sigma**2)
    entropy = 0.5 * (d * (1 + math.log(2 * math.pi)) + torch.logdet(V))
    return log_likelihood + log_prior + entropy


# %% wrong: the KL the wrong way round
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    q = torch.distributions.MultivariateNormal(m, V)
    p = torch.distributions.MultivariateNormal(torch.zeros(d), torch.eye(d))
    return fit - torch.distributions.kl_divergence(p, q)


# %% wrong: the KL added, from: two terms
-    kl = 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))
-    return fit - kl
+    return fit + 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))


# %% wrong: the spread of q forgotten
def linear_gaussian_elbo(x, W, sigma, m, V):
    fit = torch.distributions.Normal(W @ m, sigma).log_prob(x).sum()
    return fit - 0.5 * (torch.trace(V) + m @ m - len(m) - torch.logdet(V))


# %% wrong: σ for σ²
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma) - error / (2 * sigma)
    return fit - 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))


# %% wrong: σ for σ²
# in the fit only
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma)
    return fit - 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))


# %% wrong: the negative bound
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    rec = 0.5 * D * torch.log(2 * math.pi * sigma**2) + error / (2 * sigma**2)
    kl = 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))
    return rec + kl


# %% wrong: log p(x), whatever q is
def linear_gaussian_elbo(x, W, sigma, m, V):
    covariance = W @ W.T + sigma**2 * torch.eye(len(x))
    return torch.distributions.MultivariateNormal(torch.zeros(len(x)), covariance).log_prob(x)


# %% wrong: the normalisation forgotten
def linear_gaussian_elbo(x, W, sigma, m, V):
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    kl = 0.5 * (torch.trace(V) + m @ m - len(m) - torch.logdet(V))
    return -error / (2 * sigma**2) - kl


# %% wrong: the normalisation forgotten
# of 2 pi only
def linear_gaussian_elbo(x, W, sigma, m, V):
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    kl = 0.5 * (torch.trace(V) + m @ m - len(m) - torch.logdet(V))
    return -len(x) * torch.log(sigma) - error / (2 * sigma**2) - kl


# %% wrong: only the variances of q
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    v = torch.diag(V)
    return fit - 0.5 * (v + m**2 - 1 - torch.log(v)).sum()


# %% wrong: the caller's tensor overwritten
def linear_gaussian_elbo(x, W, sigma, m, V):
    x -= W @ m
    error = (x**2).sum() + torch.trace(W @ V @ W.T)
    fit = -0.5 * len(x) * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    return fit - 0.5 * (torch.trace(V) + m @ m - len(m) - torch.logdet(V))


# %% wrong: -, from: two terms
# the KL without the log determinant
-    kl = 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))
-    return fit - kl
+    return fit - 0.5 * (torch.trace(V) + m @ m - d)


# %% wrong: the KL left out
# no KL at all
def linear_gaussian_elbo(x, W, sigma, m, V):
    error = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    return -0.5 * len(x) * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)


# %% wrong: -
# the trace of V instead of W V W^T
def linear_gaussian_elbo(x, W, sigma, m, V):
    D, d = W.shape
    error = ((x - W @ m) ** 2).sum() + torch.trace(V)
    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    return fit - 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))


# %% wrong: the half missing, from: two terms
-    kl = 0.5 * (torch.trace(V) + m @ m - d - torch.logdet(V))
+    kl = (torch.trace(V) + m @ m - d - torch.logdet(V))


# %% wrong: the half missing, from: two terms
# below the squares
-    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
+    fit = -0.5 * D * torch.log(2 * math.pi * sigma**2) - error / sigma**2


# %% wrong: the gradient is cut, from: two terms
-    return fit - kl
+    return (fit - kl).item()


# %% wrong: -, from: two terms
# half of the divergence
-    return fit - kl
+    return fit - 0.5 * kl


# %% raised
def linear_gaussian_elbo(x, W, sigma, m, V):
    error = ((x - m @ W) ** 2).sum() + torch.trace(W @ V @ W)
    fit = -0.5 * len(x) * torch.log(2 * math.pi * sigma**2) - error / (2 * sigma**2)
    return fit - 0.5 * (torch.trace(V) + m @ m - len(m) - torch.logdet(V))


# %% not attempted
def linear_gaussian_elbo(x, W, sigma, m, V):
    raise NotImplementedError()
