# %% right: as in the paper
def guided(eps_cond, eps_uncond, w):
    return (1 + w) * eps_cond - w * eps_uncond


# %% right: away from the unconditional one
def guided(eps_cond, eps_uncond, w):
    return eps_cond + w * (eps_cond - eps_uncond)


# %% right: by a scale
def guided(eps_cond, eps_uncond, w):
    scale = 1.0 + w
    return eps_uncond + scale * (eps_cond - eps_uncond)


# %% right: lerp
def guided(eps_cond, eps_uncond, w):
    return torch.lerp(eps_uncond, eps_cond, 1 + float(w))


# %% wrong: another convention
def guided(eps_cond, eps_uncond, w):
    return eps_uncond + w * (eps_cond - eps_uncond)


# %% wrong: another convention
def guided(eps_cond, eps_uncond, w):
    return w * eps_cond + (1 - w) * eps_uncond


# %% wrong: another convention
def guided(eps_cond, eps_uncond, w):
    return torch.lerp(eps_uncond, eps_cond, float(w))


# %% wrong: cond and uncond swapped
def guided(eps_cond, eps_uncond, w):
    return (1 + w) * eps_uncond - w * eps_cond


# %% wrong: cond and uncond swapped
def guided(eps_cond, eps_uncond, w):
    return (1 - w) * eps_cond + w * eps_uncond


# %% wrong: the sign of the unconditional part
def guided(eps_cond, eps_uncond, w):
    return (1 + w) * eps_cond + w * eps_uncond


# %% wrong: weights that do not add up to 1
def guided(eps_cond, eps_uncond, w):
    return (1 + w) * (eps_cond - eps_uncond)


# %% wrong: weights that do not add up to 1
def guided(eps_cond, eps_uncond, w):
    return (1 + w) * eps_cond - eps_uncond


# %% wrong: weights that do not add up to 1
def guided(eps_cond, eps_uncond, w):
    return w * eps_cond - (1 - w) * eps_uncond


# %% wrong: w not used
def guided(eps_cond, eps_uncond, w):
    return eps_cond


# %% wrong: halved
def guided(eps_cond, eps_uncond, w):
    return ((1 + w) * eps_cond - w * eps_uncond) / 2


# %% wrong: the caller's tensor overwritten
def guided(eps_cond, eps_uncond, w):
    eps_cond *= 1 + w
    eps_cond -= w * eps_uncond
    return eps_cond


# %% wrong: -
# a mean of the two
def guided(eps_cond, eps_uncond, w):
    return (eps_cond + eps_uncond) / 2 * (1 + w)


# %% wrong: -
# w squared
def guided(eps_cond, eps_uncond, w):
    return (1 + w**2) * eps_cond - w**2 * eps_uncond


# %% wrong: -
# rescaled to the deviation of the conditional one
def guided(eps_cond, eps_uncond, w):
    eps = (1 + w) * eps_cond - w * eps_uncond
    return eps * eps_cond.std() / eps.std()


# %% raised
def guided(eps_cond, eps_uncond, w):
    return torch.cat([eps_cond, eps_uncond]) @ w


# %% not attempted
def guided(eps_cond, eps_uncond, w):
    # YOUR CODE HERE
    raise NotImplementedError()
