# %% right: if
def js_point_masses(theta, theta0):
    if theta == theta0:
        return 0.0
    return math.log(2)


# %% right: torch.where
def js_point_masses(theta, theta0):
    return torch.where(theta == theta0, 0.0, math.log(2))


# %% right: a product
def js_point_masses(theta, theta0):
    return (theta != theta0) * math.log(2)


# %% right: from the definition, over the points that have mass
def js_point_masses(theta, theta0):
    points = {theta.item(), theta0.item()}
    total = 0.0
    for point in points:
        p, q = float(point == theta.item()), float(point == theta0.item())
        m = (p + q) / 2
        for mass in (p, q):
            if mass > 0:
                total += 0.5 * mass * math.log(mass / m)
    return torch.tensor(total)


# %% right: entropies
def js_point_masses(theta, theta0):
    mixture = torch.tensor([1.0]) if bool(theta == theta0) else torch.tensor([0.5, 0.5])
    return -(mixture * mixture.log()).sum()


# %% wrong: equal points forgotten
def js_point_masses(theta, theta0):
    return torch.tensor(2.0).log()


# %% wrong: near taken for equal
def js_point_masses(theta, theta0):
    return 0.0 if torch.isclose(theta, theta0) else math.log(2)


# %% wrong: near taken for equal
def js_point_masses(theta, theta0):
    return torch.where((theta - theta0).abs() < 1e-6, 0.0, math.log(2))


# %% wrong: near taken for equal
def js_point_masses(theta, theta0):
    if abs(theta - theta0) < 1e-3:
        return torch.tensor(0.0)
    return torch.tensor(np.log(2))


# %% wrong: in bits
def js_point_masses(theta, theta0):
    return (theta != theta0).float()


# %% wrong: the halves missing
def js_point_masses(theta, theta0):
    return torch.where(theta == theta0, 0.0, math.log(4))


# %% wrong: Kullback-Leibler, not Jensen-Shannon
def js_point_masses(theta, theta0):
    return 0.0 if theta == theta0 else float("inf")


# %% wrong: the distance of the points
def js_point_masses(theta, theta0):
    return torch.abs(theta - theta0)


# %% wrong: the distance of the points
def js_point_masses(theta, theta0):
    return (theta - theta0) ** 2


# %% wrong: the Jensen-Shannon distance
def js_point_masses(theta, theta0):
    return math.sqrt(math.log(2)) if theta != theta0 else 0.0


# %% wrong: -
# the other way round
def js_point_masses(theta, theta0):
    return math.log(2) if theta == theta0 else 0.0


# %% wrong: the value of the game
# the value of the game
def js_point_masses(theta, theta0):
    return -math.log(4) if theta == theta0 else 0.0


# %% wrong: only one of the two divergences
# half of it
def js_point_masses(theta, theta0):
    return 0.0 if theta == theta0 else 0.5 * math.log(2)


# %% wrong: the caller's tensor overwritten, from: if
-    if theta == theta0:
+    theta.sub_(theta0)
+    if theta == 0:


# %% raised
def js_point_masses(theta, theta0):
    p = torch.distributions.Normal(theta, 0.0)
    q = torch.distributions.Normal(theta0, 0.0)
    return torch.distributions.kl_divergence(p, q)


# %% wrong: -
# Gaussians of width 1 instead of points
def js_point_masses(theta, theta0):
    return min((theta - theta0) ** 2 / 8, math.log(2))


# %% wrong: -
# a sign, so that the order of the points matters
def js_point_masses(theta, theta0):
    return math.log(2) if theta > theta0 else 0.0


# %% not attempted
def js_point_masses(theta, theta0):
    # YOUR CODE HERE
    raise NotImplementedError()
