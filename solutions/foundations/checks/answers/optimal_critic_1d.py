# %% right: a line
def optimal_critic_1d(x, theta, theta0):
    return torch.sign(theta0 - theta) * x


# %% right: 0 at the model's point
def optimal_critic_1d(x, theta, theta0):
    slope = 1.0 if theta0 > theta else -1.0
    return slope * (x - theta)


# %% right: a roof over the data
def optimal_critic_1d(x, theta, theta0):
    return -torch.abs(x - theta0)


# %% right: a valley at the model
def optimal_critic_1d(x, theta, theta0):
    return (x - theta).abs()


# %% right: flat outside
def optimal_critic_1d(x, theta, theta0):
    low, high = min(theta, theta0), max(theta, theta0)
    inside = torch.clamp(x, low, high)
    return inside if theta0 > theta else -inside


# %% right: half the difference of two distances
def optimal_critic_1d(x, theta, theta0):
    return ((x - theta).abs() - (x - theta0).abs()) / 2


# %% right: a unit vector
def optimal_critic_1d(x, theta, theta0):
    direction = (theta0 - theta) / abs(theta0 - theta)
    return x * direction + 3


# %% right: as a column, from numbers
def optimal_critic_1d(x, theta, theta0):
    slope = math.copysign(1.0, theta0.item() - theta.item())
    return slope * x[:, None]


# %% wrong: towards the model
def optimal_critic_1d(x, theta, theta0):
    return torch.sign(theta - theta0) * x


# %% wrong: towards the model
def optimal_critic_1d(x, theta, theta0):
    return torch.abs(x - theta0)


# %% wrong: uphill to the right, wherever the data are
def optimal_critic_1d(x, theta, theta0):
    return x


# %% wrong: uphill to the right, wherever the data are
def optimal_critic_1d(x, theta, theta0):
    return x - theta


# %% wrong: uphill to the right, wherever the data are
def optimal_critic_1d(x, theta, theta0):
    return theta0 - x


# %% wrong: the distance as slope
def optimal_critic_1d(x, theta, theta0):
    return (theta0 - theta) * x


# %% wrong: the distance as slope
# a difference of two squared distances
def optimal_critic_1d(x, theta, theta0):
    return (x - theta) ** 2 - (x - theta0) ** 2


# %% wrong: squashed
def optimal_critic_1d(x, theta, theta0):
    return torch.sigmoid(torch.sign(theta0 - theta) * x)


# %% wrong: squashed
def optimal_critic_1d(x, theta, theta0):
    middle = (theta + theta0) / 2
    return torch.tanh(torch.sign(theta0 - theta) * (x - middle))


# %% wrong: a squared distance
def optimal_critic_1d(x, theta, theta0):
    return -((x - theta0) ** 2)


# %% wrong: the distance as slope
# the logit of two Gaussians of variance 1
def optimal_critic_1d(x, theta, theta0):
    p = torch.distributions.Normal(theta0, 1.0)
    q = torch.distributions.Normal(theta, 1.0)
    return p.log_prob(x) - q.log_prob(x)


# %% wrong: a step
def optimal_critic_1d(x, theta, theta0):
    nearer = (x - theta0).abs() < (x - theta).abs()
    return nearer.float()


# %% wrong: a step
def optimal_critic_1d(x, theta, theta0):
    return torch.where(x == theta0, 1.0, 0.0)


# %% wrong: a step
# as high as the points are apart
def optimal_critic_1d(x, theta, theta0):
    middle = (theta + theta0) / 2
    beyond = (x - middle) * (theta0 - theta) > 0
    return torch.where(beyond, (theta0 - theta).abs(), torch.zeros_like(x))


# %% wrong: a step
# that is not quite one
def optimal_critic_1d(x, theta, theta0):
    distance = theta0 - theta
    ahead = torch.sign(distance) * (x - (theta + theta0) / 2)
    return distance.abs() * torch.sigmoid(1000 * ahead)


# %% wrong: -
# constant
def optimal_critic_1d(x, theta, theta0):
    return torch.full_like(x, abs(theta - theta0).item())


# %% wrong: too steep
# ten times too steep
def optimal_critic_1d(x, theta, theta0):
    return 10 * torch.sign(theta0 - theta) * x


# %% wrong: too steep
# the whole difference of two distances: slope 2
def optimal_critic_1d(x, theta, theta0):
    return (x - theta).abs() - (x - theta0).abs()


# %% wrong: -
# right between the points, a parabola outside
def optimal_critic_1d(x, theta, theta0):
    low, high = min(theta, theta0), max(theta, theta0)
    inside = x.clamp(low, high)
    return torch.sign(theta0 - theta) * inside + (x - inside) ** 2


# %% wrong: the caller's tensor overwritten, from: 0 at the model's point
-    return slope * (x - theta)
+    x -= theta
+    return slope * x


# %% wrong: too flat, from: a line
-    return torch.sign(theta0 - theta) * x
+    return 0.5 * torch.sign(theta0 - theta) * x


# %% wrong: -, from: a line
# a cube
-    return torch.sign(theta0 - theta) * x
+    return torch.sign(theta0 - theta) * x**3


# %% wrong: -, from: a line
# a short ramp
-    return torch.sign(theta0 - theta) * x
+    return torch.sign(theta0 - theta) * x.clamp(theta.item(), theta.item() + 1e-3)


# %% raised
def optimal_critic_1d(x, theta, theta0):
    return math.copysign(1, theta0 - theta) * math.fabs(x)


# %% not attempted
def optimal_critic_1d(x, theta, theta0):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: scaled to rise by 1
def optimal_critic_1d(x, theta, theta0):
    return (x - theta) / (theta0 - theta)
