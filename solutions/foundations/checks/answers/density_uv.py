# %% right: back to x and y
def density_uv(u, v):
    x, y = (u + v) / 2, (u - v) / 2
    f_xy = torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)
    return 0.5 * f_xy


# %% right: two normals of variance 2
def density_uv(u, v):
    normal = torch.distributions.Normal(0.0, math.sqrt(2))
    return torch.exp(normal.log_prob(u) + normal.log_prob(v))


# %% right: closed form
def density_uv(u, v):
    return torch.exp(-(u**2 + v**2) / 4) / (4 * torch.pi)


# %% right: a multivariate normal
def density_uv(u, v):
    law = torch.distributions.MultivariateNormal(torch.zeros(2), 2 * torch.eye(2))
    return law.log_prob(torch.stack([u, v], dim=-1)).exp()


# %% right: the determinant computed
def density_uv(u, v):
    J = torch.tensor([[0.5, 0.5], [0.5, -0.5]])
    x, y = J[0, 0] * u + J[0, 1] * v, J[1, 0] * u + J[1, 1] * v
    standard = torch.distributions.Normal(0.0, 1.0)
    return standard.log_prob(x).exp() * standard.log_prob(y).exp() * torch.det(J).abs()


# %% right: SciPy
def density_uv(u, v):
    from scipy.stats import norm

    return norm.pdf(u.numpy(), scale=2**0.5) * norm.pdf(v.numpy(), scale=2**0.5)


# %% wrong: the determinant forgotten
def density_uv(u, v):
    x, y = (u + v) / 2, (u - v) / 2
    return torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


# %% wrong: the determinant inverted
def density_uv(u, v):
    x, y = (u + v) / 2, (u - v) / 2
    return 2 * torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


# %% wrong: a negative density
def density_uv(u, v):
    x, y = (u + v) / 2, (u - v) / 2
    det = torch.det(torch.tensor([[0.5, 0.5], [0.5, -0.5]]))
    return det * torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


# %% wrong: u and v instead of x and y
def density_uv(u, v):
    return 0.5 * torch.exp(-(u**2 + v**2) / 2) / (2 * math.pi)


# %% wrong: u and v instead of x and y
def density_uv(u, v):
    standard = torch.distributions.Normal(0.0, 1.0)
    return (standard.log_prob(u) + standard.log_prob(v)).exp()


# %% wrong: the map the wrong way
def density_uv(u, v):
    x, y = u + v, u - v
    return 0.5 * torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


# %% wrong: the variance as deviation
def density_uv(u, v):
    normal = torch.distributions.Normal(0.0, 2.0)
    return torch.exp(normal.log_prob(u) + normal.log_prob(v))


# %% wrong: the logarithm
def density_uv(u, v):
    normal = torch.distributions.Normal(0.0, 2**0.5)
    return normal.log_prob(u) + normal.log_prob(v)


# %% wrong: -
# u alone
def density_uv(u, v):
    return torch.distributions.Normal(0.0, 2**0.5).log_prob(u).exp()


# %% wrong: -
# the two densities added
def density_uv(u, v):
    normal = torch.distributions.Normal(0.0, 2**0.5)
    return normal.log_prob(u).exp() + normal.log_prob(v).exp()


# %% wrong: not normalised
# not normalised
def density_uv(u, v):
    return torch.exp(-(u**2 + v**2) / 4)


# %% wrong: not normalised
# the normalisation of one variable only
def density_uv(u, v):
    return torch.exp(-(u**2 + v**2) / 4) / math.sqrt(4 * math.pi)


# %% wrong: the caller's tensor overwritten, from: back to x and y
-    x, y = (u + v) / 2, (u - v) / 2
+    u /= 2
+    v /= 2
+    x, y = u + v, u - v


# %% wrong: -, from: closed form
# the sign of v
-    return torch.exp(-(u**2 + v**2) / 4) / (4 * torch.pi)
+    return torch.exp(-(u**2 - v**2) / 4) / (4 * torch.pi)


# %% raised
def density_uv(u, v):
    x, y = (u + v) / 2, (u - v) / 2
    return math.exp(-(x**2 + y**2) / 2) / (4 * math.pi)


# %% not attempted
def density_uv(u, v):
    # YOUR CODE HERE
    raise NotImplementedError()
