# %% right: as in the paper's appendix, with its signs
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% right: written forward
def kl_divergence(mu, log_var):
    var = torch.exp(log_var)
    return 0.5 * (mu**2 + var - 1 - log_var).sum()


# %% right: torch.distributions
def kl_divergence(mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, p).sum()


# %% right: term by term
def kl_divergence(mu, log_var):
    sigma = torch.exp(log_var / 2)
    return torch.sum(mu * mu) / 2 + torch.sum(sigma**2) / 2 - mu.numel() / 2 - log_var.sum() / 2


# %% right: expm1
def kl_divergence(mu, log_var):
    return ((torch.expm1(log_var) - log_var + mu.square()) / 2).sum(dim=1).sum()


# %% wrong: log σ for log σ²
def kl_divergence(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return 0.5 * torch.sum(mu**2 + sigma**2 - 1 - torch.log(sigma))


# %% wrong: log σ for log σ²
# log_var taken for log sigma
def kl_divergence(mu, log_var):
    sigma = torch.exp(log_var)
    return 0.5 * torch.sum(mu**2 + sigma**2 - 1 - 2 * torch.log(sigma))


# %% wrong: plus instead of minus
def kl_divergence(mu, log_var):
    return 0.5 * torch.sum(log_var.exp() + mu**2 + log_var - 1)


# %% wrong: plus instead of minus
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 - log_var - mu.pow(2) - log_var.exp())


# %% wrong: plus instead of minus
# with log sigma as well
def kl_divergence(mu, log_var):
    sigma = torch.exp(log_var / 2)
    return 0.5 * torch.sum(sigma**2 + mu**2 + torch.log(sigma) - 1)


# %% wrong: the half missing
def kl_divergence(mu, log_var):
    return torch.sum(mu**2 + log_var.exp() - 1 - log_var)


# %% wrong: the half missing
def kl_divergence(mu, log_var):
    return -torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: σ for σ²
def kl_divergence(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return 0.5 * torch.sum(mu**2 + sigma - 1 - log_var)


# %% wrong: negated
def kl_divergence(mu, log_var):
    return 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: a mean over the code
def kl_divergence(mu, log_var):
    return -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: averaged over the batch
# over the batch
def kl_divergence(mu, log_var):
    return torch.mean(-0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1), dim=0)


# %% wrong: the 1 forgotten
def kl_divergence(mu, log_var):
    return 0.5 * (mu.pow(2) + log_var.exp() - log_var).sum()


# %% wrong: 1 for d
# once for each code
def kl_divergence(mu, log_var):
    return 0.5 * (mu.pow(2).sum(1) + log_var.exp().sum(1) - 1 - log_var.sum(1)).sum()


# %% wrong: μ for μ²
def kl_divergence(mu, log_var):
    return 0.5 * (mu + log_var.exp() - 1 - log_var).sum()


# %% wrong: μ for μ²
# its absolute value
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - torch.abs(mu) - log_var.exp())


# %% wrong: -
# the half on one term only
def kl_divergence(mu, log_var):
    return torch.sum(0.5 * mu**2 + log_var.exp() - 1 - log_var)


# %% wrong: not summed
# one number for each image
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% wrong: the mean left out
# the mean forgotten
def kl_divergence(mu, log_var):
    return 0.5 * (log_var.exp() - 1 - log_var).sum()


# %% wrong: the gradient is cut
# detached
def kl_divergence(mu, log_var):
    return torch.tensor((-0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())).item())


# %% wrong: the caller's tensor overwritten, from: as in the paper's appendix, with its signs
# exp_() at the end: the value is right, once
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    rest = torch.sum(1 + log_var - mu.pow(2))
+    return -0.5 * (rest - torch.sum(log_var.exp_()))


# %% wrong: the caller's tensor overwritten, from: written forward
# a slice of the caller's table
     var = torch.exp(log_var)
+    mu[:, 0].abs_()


# %% wrong: the half twice, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.25 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: log σ² doubled, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + 2 * log_var - mu.pow(2) - log_var.exp())


# %% wrong: the sign of μ², from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var + mu.pow(2) - log_var.exp())


# %% wrong: the sign of σ², from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) + log_var.exp())


# %% wrong: the variance squared, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp() ** 2)


# %% wrong: the exp dropped, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var)


# %% wrong: the exp dropped, from: as in the paper's appendix, with its signs
# squared instead
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.pow(2))


# %% wrong: log_var taken for the variance, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + torch.log(log_var) - mu.pow(2) - log_var)


# %% wrong: the mean left out, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - log_var.exp())


# %% wrong: the KL the wrong way round, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    p = torch.distributions.Normal(0.0, 1.0)
+    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
+    return torch.distributions.kl_divergence(p, q).sum()


# %% wrong: not summed, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% wrong: not summed, from: as in the paper's appendix, with its signs
# a table
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: the gradient is cut, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    with torch.no_grad():
+        return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: log σ for log σ² & averaged over the batch, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + 0.5 * log_var - mu.pow(2) - log_var.exp()) / len(mu)


# %% wrong: plus instead of minus & the half missing, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return torch.sum(log_var.exp() + mu.pow(2) + log_var - 1)


# %% wrong: returns None, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    loss = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: more than the loss returned, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    each = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp())
+    return each.sum(), each


# %% wrong: the half in some places only, from: as in the paper's appendix, with its signs
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    sigma = torch.exp(log_var)
+    return (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum()


# %% wrong: -, from: as in the paper's appendix, with its signs
# the fourth power
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(4) - log_var.exp())


# %% wrong: -, from: as in the paper's appendix, with its signs
# multiplied
-    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    return -0.5 * torch.sum(1 + log_var - mu.pow(2) * log_var.exp())


# %% raised
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - np.exp(log_var))


# %% not attempted
def kl_divergence(mu, log_var):
    raise NotImplementedError()
