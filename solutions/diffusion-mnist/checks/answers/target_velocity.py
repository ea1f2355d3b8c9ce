# %% right: the difference
def target_velocity(x0, x1):
    return x1 - x0


# %% right: minus and plus
def target_velocity(x0, x1):
    return -x0 + x1


# %% right: torch.sub
def target_velocity(x0, x1):
    return torch.sub(x1, x0)


# %% right: a small sigma_min
def target_velocity(x0, x1, sigma_min=1e-4):
    return x1 - (1 - sigma_min) * x0


# %% right: by autograd
def target_velocity(x0, x1):
    path = lambda t: (1 - t) * x0 + t * x1
    return torch.autograd.functional.jvp(path, torch.tensor(0.5), torch.tensor(1.0))[1]


# %% wrong: time runs the other way
def target_velocity(x0, x1):
    return x0 - x1


# %% wrong: one of the two ends alone
def target_velocity(x0, x1):
    return x1


# %% wrong: one of the two ends alone
def target_velocity(x0, x1):
    return x0.clone()


# %% wrong: a sum for the difference
def target_velocity(x0, x1):
    return x0 + x1


# %% wrong: a unit vector
def target_velocity(x0, x1):
    v = x1 - x0
    return v / v.norm()


# %% wrong: a unit vector
def target_velocity(x0, x1):
    v = (x1 - x0).flatten(1)
    return (v / v.norm(dim=1, keepdim=True)).view_as(x1)


# %% wrong: a size instead of a vector
def target_velocity(x0, x1):
    return (x1 - x0).abs()


# %% wrong: sigma_min above 0
def target_velocity(x0, x1):
    return x1 - 0.9 * x0


# %% wrong: halved
def target_velocity(x0, x1):
    return (x1 - x0) / 2


# %% wrong: the caller's tensor overwritten
def target_velocity(x0, x1):
    x1 -= x0
    return x1


# %% wrong: -
# of the mean image
def target_velocity(x0, x1):
    return x1.mean(0) - x0


# %% wrong: -
# one number for each row
def target_velocity(x0, x1):
    return (x1 - x0).flatten(1).mean(1)


# %% wrong: doubled
def target_velocity(x0, x1):
    return (x1 - x0) / 0.5


# %% wrong: -
# the mean taken out
def target_velocity(x0, x1):
    v = x1 - x0
    return v - v.mean()


# %% raised
def target_velocity(x0, x1):
    return (x1 - x0) / (1 - t)


# %% not attempted
def target_velocity(x0, x1):
    # YOUR CODE HERE
    raise NotImplementedError()
