# %% right: the formula
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / (2 * eps**2)


# %% right: torch.distributions
def kl_gaussian(theta, theta0, eps):
    p = torch.distributions.Normal(theta, eps)
    q = torch.distributions.Normal(theta0, eps)
    return torch.distributions.kl_divergence(p, q)


# %% right: standardised
def kl_gaussian(theta, theta0, eps):
    z = (theta - theta0) / eps
    return 0.5 * torch.square(z)


# %% right: the general formula, where most terms cancel
def kl_gaussian(theta, theta0, eps):
    var = eps * eps
    ratio = torch.log(eps / eps)
    return ratio + (var + (theta - theta0).pow(2)) / (2 * var) - 0.5


# %% right: numpy
def kl_gaussian(theta, theta0, eps):
    theta, theta0, eps = theta.numpy(), theta0.numpy(), eps.numpy()
    return np.power(theta - theta0, 2) / 2 / np.power(eps, 2)


# %% wrong: the half missing
def kl_gaussian(theta, theta0, eps):
    return ((theta - theta0) / eps) ** 2


# %% wrong: eps as a variance
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / (2 * eps)


# %% wrong: multiplied by eps² after a division by 2
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / 2 * eps**2


# %% wrong: the difference not squared
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) / (2 * eps**2)


# %% wrong: the difference not squared
def kl_gaussian(theta, theta0, eps):
    return torch.abs(theta - theta0) / (2 * eps**2)


# %% wrong: negated
def kl_gaussian(theta, theta0, eps):
    return -((theta - theta0) ** 2) / (2 * eps**2)


# %% wrong: a logarithm left over
def kl_gaussian(theta, theta0, eps):
    return torch.log(eps) + (theta - theta0) ** 2 / (2 * eps**2)


# %% wrong: a logarithm left over
# -log N(theta; theta0, eps^2)
def kl_gaussian(theta, theta0, eps):
    return -torch.distributions.Normal(theta0, eps).log_prob(theta)


# %% wrong: the variances added
# the variances added
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / (4 * eps**2)


# %% wrong: -
# a half left over
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / (2 * eps**2) + 0.5


# %% wrong: -
# clamped, so that it does not blow up
def kl_gaussian(theta, theta0, eps):
    return (theta - theta0) ** 2 / (2 * torch.clamp(eps, min=0.1) ** 2)


# %% wrong: -
# averaged
def kl_gaussian(theta, theta0, eps):
    return ((theta - theta0) ** 2 / (2 * eps**2)).mean()


# %% wrong: the caller's tensor overwritten, from: the formula
-    return (theta - theta0) ** 2 / (2 * eps**2)
+    theta -= theta0
+    return theta**2 / (2 * eps**2)


# %% raised
def kl_gaussian(theta, theta0, eps):
    return math.pow(theta - theta0, 2) / (2 * math.pow(eps, 2))


# %% not attempted
def kl_gaussian(theta, theta0, eps):
    # YOUR CODE HERE
    raise NotImplementedError()
