# %% right: forward to u and v
def density_from_inverse(x, y):
    u, v = x + y, x - y
    f_uv = torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)
    return 2 * f_uv


# %% right: with the density of the exercise before
def density_uv(u, v):
    normal = torch.distributions.Normal(0.0, 2**0.5)
    return (normal.log_prob(u) + normal.log_prob(v)).exp()


def density_from_inverse(x, y):
    return density_uv(x + y, x - y) * 2


# %% right: what must come out
def density_from_inverse(x, y):
    return torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


# %% right: the determinant computed
def density_from_inverse(x, y):
    J = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    uv = torch.stack([x, y], -1) @ J.T
    law = torch.distributions.MultivariateNormal(torch.zeros(2), 2 * torch.eye(2))
    return law.log_prob(uv).exp() * torch.det(J).abs()


# %% right: logarithms
def density_from_inverse(x, y):
    u, v = x + y, x - y
    log_f = -(u**2 + v**2) / 4 - math.log(4 * math.pi)
    return torch.exp(log_f + math.log(2))


# %% wrong: the determinant forgotten
def density_from_inverse(x, y):
    u, v = x + y, x - y
    return torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


# %% wrong: the determinant inverted
def density_from_inverse(x, y):
    u, v = x + y, x - y
    return 0.5 * torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


# %% wrong: a negative density
def density_from_inverse(x, y):
    u, v = x + y, x - y
    det = torch.det(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    return det * torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


# %% wrong: x and y instead of u and v
def density_from_inverse(x, y):
    return 2 * torch.exp(-(x**2 + y**2) / 4) / (4 * math.pi)


# %% wrong: the map the wrong way
def density_from_inverse(x, y):
    u, v = (x + y) / 2, (x - y) / 2
    return 2 * torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


# %% wrong: the logarithm
def density_from_inverse(x, y):
    u, v = x + y, x - y
    return -(u**2 + v**2) / 4 - math.log(2 * math.pi)


# %% wrong: -
# the factor squared
def density_from_inverse(x, y):
    u, v = x + y, x - y
    return 4 * torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


# %% wrong: -
# u alone
def density_from_inverse(x, y):
    return 2 * torch.exp(-((x + y) ** 2) / 4) / (4 * math.pi)


# %% wrong: -
# a standard normal at u and v
def density_from_inverse(x, y):
    u, v = x + y, x - y
    return 2 * torch.exp(-(u**2 + v**2) / 2) / (2 * math.pi)


# %% wrong: the caller's tensor overwritten, from: logarithms
-    u, v = x + y, x - y
-    log_f = -(u**2 + v**2) / 4 - math.log(4 * math.pi)
+    x += y
+    y *= -2
+    y += x
+    log_f = -(x**2 + y**2) / 4 - math.log(4 * math.pi)


# %% raised
def density_from_inverse(x, y):
    return 2 * density_uv(x + y, x - y)


# %% not attempted
def density_from_inverse(x, y):
    # YOUR CODE HERE
    raise NotImplementedError()
