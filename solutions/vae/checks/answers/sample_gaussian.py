# %% right: root times noise
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * torch.randn_like(m)


# %% right: a power, and noise of its own shape
def sample_gaussian(m, v):
    epsilon = torch.randn(m.size(), device=m.device)
    z = m + epsilon * v**0.5
    return z


# %% right: rsample
def sample_gaussian(m, v):
    return torch.distributions.Normal(m, v.sqrt()).rsample()


# %% right: through the logarithm
def sample_gaussian(m, v):
    return torch.randn_like(v) * (0.5 * v.log()).exp() + m


# %% wrong: v as deviation
def sample_gaussian(m, v):
    return m + v * torch.randn_like(m)


# %% wrong: the square for the root
# squared on top of it
def sample_gaussian(m, v):
    return m + v**2 * torch.randn_like(m)


# %% wrong: v as log variance
def sample_gaussian(m, v):
    return m + torch.exp(0.5 * v) * torch.randn_like(m)


# %% wrong: v as log variance
# and as log deviation
def sample_gaussian(m, v):
    return m + v.exp() * torch.randn_like(m)


# %% wrong: uniform noise
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * torch.rand_like(m)


# %% wrong: uniform noise
# centred
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * (2 * torch.rand(m.shape) - 1)


# %% wrong: the noise is not used
def sample_gaussian(m, v):
    return m.clone()


# %% wrong: one noise for several draws
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * torch.randn(m.shape[-1])


# %% wrong: one noise for several draws
# one for each row
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * torch.randn(m.shape[0], 1)


# %% wrong: the gradient is cut
def sample_gaussian(m, v):
    return torch.normal(m, torch.sqrt(v))


# %% wrong: the gradient is cut
# of the deviation only
def sample_gaussian(m, v):
    return m + torch.randn_like(m) * v.data.sqrt()


# %% wrong: the caller's tensor overwritten
def sample_gaussian(m, v):
    return m + v.sqrt_() * torch.randn_like(m)


# %% wrong: -
# the variance of half the noise
def sample_gaussian(m, v):
    return m + torch.sqrt(v / 2) * torch.randn_like(m)


# %% wrong: -
# Laplace noise
def sample_gaussian(m, v):
    noise = torch.distributions.Laplace(0.0, math.sqrt(0.5)).sample(m.shape)
    return m + torch.sqrt(v) * noise


# %% wrong: returns None
# nothing returned
def sample_gaussian(m, v):
    m + torch.sqrt(v) * torch.randn_like(m)


# %% wrong: the deviation is not used, from: root times noise
-    return m + torch.sqrt(v) * torch.randn_like(m)
+    return m + torch.randn_like(m)


# %% wrong: the mean is not used, from: root times noise
-    return m + torch.sqrt(v) * torch.randn_like(m)
+    return torch.sqrt(v) * torch.randn_like(m)


# %% wrong: returns None, from: root times noise
-    return m + torch.sqrt(v) * torch.randn_like(m)
+    z = m + torch.sqrt(v) * torch.randn_like(m)


# %% wrong: -, from: root times noise
# sorted: each draw depends on its neighbour
-    return m + torch.sqrt(v) * torch.randn_like(m)
+    return m + v.sqrt() * torch.randn_like(m).sort(0).values


# %% wrong: noise of another deviation, from: root times noise
-    return m + torch.sqrt(v) * torch.randn_like(m)
+    return m + 0.1 * torch.sqrt(v) * torch.randn_like(m)


# %% raised
def sample_gaussian(m, v):
    return m + torch.sqrt(v) * torch.randn_as(m)


# %% not attempted
def sample_gaussian(m, v):
    raise NotImplementedError()
