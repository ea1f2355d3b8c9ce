# %% right: the plain inverse
def deprocess_img(x):
    return (x + 1.0) / 2.0


# %% right: half plus a half
def deprocess_img(x):
    return x * 0.5 + 0.5


# %% right: out-of-place methods
def deprocess_img(x):
    return x.add(1).div(2)


# %% right: clamped against rounding
def deprocess_img(x):
    x = (x + 1) / 2
    return torch.clamp(x, min=0.0, max=1.0)


# %% right: float64 and detached
def deprocess_img(x):
    x = x.detach().to(torch.float64)
    return ((x - (-1)) / (1 - (-1))).to(torch.float32)


# %% right: torch.addcmul
def deprocess_img(x):
    half = torch.full_like(x, 0.5)
    return torch.addcmul(half, x, half)


# %% wrong: shifted but not shrunk
def deprocess_img(x):
    return x + 0.5


# %% wrong: shifted but not shrunk
def deprocess_img(x):
    return 1 + x


# %% wrong: no shift
def deprocess_img(x):
    return x * 0.5


# %% wrong: no shift
def deprocess_img(x):
    return x


# %% wrong: the forward map
def deprocess_img(x):
    return 2 * x - 1


# %% wrong: the forward map
def deprocess_img(x):
    return (x - 0.5) / 0.5


# %% wrong: clamped instead of scaled
def deprocess_img(x):
    return torch.clamp(x, 0, 1)


# %% wrong: clamped instead of scaled
def deprocess_img(x):
    return F.relu(x)


# %% wrong: stretched to 0 ... 255
def deprocess_img(x):
    x = (x + 1) / 2
    return x * 255


# %% wrong: stretched by its own extremes
def deprocess_img(x):
    low, high = x.min(), x.max()
    return (x - low) / (high - low)


# %% wrong: stretched by its own extremes
def deprocess_img(x):
    x = x - x.min()
    x = x / x.max()
    return x


# %% wrong: the caller's tensor overwritten
def deprocess_img(x):
    x += 1
    x /= 2
    return x


# %% wrong: the caller's tensor overwritten
def deprocess_img(x):
    return x.mul_(0.5).add_(0.5)


# %% wrong: -
# the brackets are missing, and a quarter instead of a half
def deprocess_img(x):
    return x + 1 / 4


# %% wrong: -
def deprocess_img(x):
    return torch.sigmoid(x)


# %% wrong: -
def deprocess_img(x):
    return x.abs()


# %% raised
def deprocess_img(x):
    return (x + 1) / torch.tensor([2.0, 2.0])


# %% wrong: the shift in the other direction
def deprocess_img(x):
    return x * 0.5 - 0.5


# %% not attempted
def deprocess_img(x):
    raise NotImplementedError
