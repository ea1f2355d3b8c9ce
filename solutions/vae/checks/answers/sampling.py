# %% right: the root by a half in the exponent
def sampling(mu, log_var):
    std = torch.exp(0.5 * log_var)
    eps = torch.randn_like(std)
    return mu + eps * std


# %% right: the well-known order, with addition in place on its own tensor
def sampling(mu, log_var):
    std = torch.exp(0.5 * log_var)
    eps = torch.randn_like(std)
    return eps.mul(std).add_(mu)


# %% right: rsample
def sampling(mu, log_var):
    return torch.distributions.Normal(mu, (log_var / 2).exp()).rsample()


# %% right: root of the variance
def sampling(mu, log_var):
    sigma = log_var.exp().sqrt()
    noise = torch.randn(mu.shape, device=mu.device)
    return mu - sigma * noise


# %% right: NumPy noise
def sampling(mu, log_var):
    noise = np.random.standard_normal(tuple(mu.shape))
    return mu + torch.exp(log_var / 2) * torch.as_tensor(noise, dtype=mu.dtype, device=mu.device)


# %% right: addcmul
def sampling(mu, log_var):
    return torch.addcmul(mu, log_var.mul(0.5).exp(), torch.empty_like(mu).normal_())


# %% wrong: uniform noise, from: the root by a half in the exponent
-    eps = torch.randn_like(std)
+    eps = torch.rand_like(std)


# %% wrong: uniform noise, from: the root by a half in the exponent
# on (-1, 1)
-    eps = torch.randn_like(std)
+    eps = torch.empty_like(std).uniform_(-1, 1)


# %% wrong: uniform noise
# with the mean and variance of the normal
def sampling(mu, log_var):
    eps = (torch.rand_like(mu) - 0.5) * math.sqrt(12)
    return mu + eps * torch.exp(0.5 * log_var)


# %% wrong: exp(log_var) as deviation
def sampling(mu, log_var):
    return mu + torch.exp(log_var) * torch.randn_like(mu)


# %% wrong: exp(log_var) as deviation & the caller's tensor overwritten
# and the caller's tensor lost as well
def sampling(mu, log_var):
    return mu + log_var.exp_() * torch.randn_like(mu)


# %% wrong: log_var itself as deviation
def sampling(mu, log_var):
    return mu + log_var * torch.randn_like(mu)


# %% wrong: log_var itself as deviation
# halved
def sampling(mu, log_var):
    eps = torch.randn_like(mu)
    return mu + 0.5 * log_var * eps


# %% wrong: the noise is not used, from: the root by a half in the exponent
-    return mu + eps * std
+    return mu


# %% wrong: the noise is not used
# times zero
def sampling(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.zeros_like(mu)


# %% wrong: one noise for several draws
# one row for the whole batch
def sampling(mu, log_var):
    std = torch.exp(0.5 * log_var)
    return mu + std * torch.randn(mu.shape[1])


# %% wrong: one noise for several draws
# one number for each row
def sampling(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn(len(mu), 1)


# %% wrong: one noise for several draws
# seeded inside
def sampling(mu, log_var):
    torch.manual_seed(0)
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong: one noise for several draws
# a single number for everything
def sampling(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn(1)


# %% wrong: the gradient is cut
def sampling(mu, log_var):
    with torch.no_grad():
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong: the gradient is cut
# torch.normal draws, and no gradient passes
def sampling(mu, log_var):
    return torch.normal(mu, torch.exp(0.5 * log_var))


# %% wrong: the gradient is cut
# of the deviation only
def sampling(mu, log_var):
    std = torch.exp(0.5 * log_var).detach()
    return mu + std * torch.randn_like(std)


# %% wrong: the gradient is cut
# sample instead of rsample
def sampling(mu, log_var):
    return torch.distributions.Normal(mu, torch.exp(0.5 * log_var)).sample()


# %% wrong: the caller's tensor overwritten
def sampling(mu, log_var):
    std = log_var.mul_(0.5).exp_()
    eps = torch.randn_like(std)
    return eps * std + mu


# %% wrong: the caller's tensor overwritten
# mu, this time
def sampling(mu, log_var):
    mu += torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return mu


# %% wrong: -
# the noise subtracted from a mean of the wrong sign
def sampling(mu, log_var):
    return torch.exp(0.5 * log_var) * torch.randn_like(mu) - mu


# %% wrong: noise of another deviation
# averaged over draws
def sampling(mu, log_var):
    eps = torch.randn(4, *mu.shape).mean(0)
    return mu + torch.exp(0.5 * log_var) * eps


# %% wrong: the mean is not used
# the mean forgotten
def sampling(mu, log_var):
    return torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong: returns None
# nothing returned
def sampling(mu, log_var):
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong: log_var taken for the variance, from: the root by a half in the exponent
-    std = torch.exp(0.5 * log_var)
+    std = torch.sqrt(log_var)


# %% wrong: the root taken twice, from: the root by a half in the exponent
-    std = torch.exp(0.5 * log_var)
+    std = torch.exp(0.5 * log_var).sqrt()


# %% wrong: log_var doubled, from: the root by a half in the exponent
# squared
-    std = torch.exp(0.5 * log_var)
+    std = torch.exp(2 * log_var)


# %% wrong: the deviation is not used, from: the root by a half in the exponent
-    return mu + eps * std
+    return mu + eps


# %% wrong: returns None, from: the root by a half in the exponent
-    return mu + eps * std
+    z = mu + eps * std


# %% wrong: -, from: the root by a half in the exponent
# mean and deviation swapped
-    return mu + eps * std
+    return mu * eps + std


# %% wrong: log_var itself as deviation, from: the root by a half in the exponent
# softplus
-    std = torch.exp(0.5 * log_var)
+    std = F.softplus(log_var)


# %% wrong: -, from: the root by a half in the exponent
# cut at -1 and 1
-    return mu + eps * std
+    return (mu + eps * std).clamp(-1, 1)


# %% wrong: -, from: the root by a half in the exponent
# the absolute value of the noise
-    eps = torch.randn_like(std)
+    eps = torch.randn_like(std).abs()


# %% raised
def sampling(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn_as(mu)


# %% not attempted
def sampling(mu, log_var):
    # YOUR CODE HERE
    raise NotImplementedError()
