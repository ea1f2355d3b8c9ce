# %% right: two times x minus one
def preprocess_img(x):
    return 2 * x - 1.0


# %% right: Normalize with mean and deviation one half
def preprocess_img(x):
    mean, std = 0.5, 0.5
    return (x - mean) / std


# %% right: torchvision
def preprocess_img(x):
    from torchvision import transforms

    return transforms.Normalize((0.5,), (0.5,))(x)


# %% right: float64 inside
def preprocess_img(x):
    x = x.double()
    x = x * 2
    x = x - 1
    return x.float()


# %% right: a copy first, then in place
def preprocess_img(x):
    out = x.clone()
    out -= 0.5
    out *= 2
    return out


# %% right: torch.lerp from -1 to 1
def preprocess_img(x):
    return torch.lerp(-torch.ones_like(x), torch.ones_like(x), x)


# %% right: NumPy in between
def preprocess_img(x):
    arr = np.asarray(x)
    return torch.from_numpy(2.0 * arr - 1.0).float()


# %% wrong: shifted but not stretched
def preprocess_img(x):
    # centre the pixels around zero
    return x - 0.5


# %% wrong: shifted but not stretched & the caller's tensor overwritten
# in place as well: the formula comes first
def preprocess_img(x):
    x -= 0.5
    return x


# %% wrong: no shift
def preprocess_img(x):
    return x * 2.0


# %% wrong: no shift
def preprocess_img(x):
    x = x.float()
    return x


# %% wrong: the inverse map
def preprocess_img(x):
    return (x + 1.0) / 2.0


# %% wrong: pixels taken for 0 to 255
def preprocess_img(x):
    return (x - 127.5) / 127.5


# %% wrong: pixels taken for 0 to 255
def preprocess_img(x):
    x = x / 255.0
    return 2 * x - 1


# %% wrong: standardised by mean and deviation
def preprocess_img(x):
    mean, std = 0.1307, 0.3081  # the MNIST numbers
    return (x - mean) / std


# %% wrong: standardised by mean and deviation
def preprocess_img(x):
    return (x - torch.mean(x)) / torch.std(x)


# %% wrong: the caller's tensor overwritten
def preprocess_img(x):
    x *= 2
    x -= 1
    return x


# %% wrong: the caller's tensor overwritten
def preprocess_img(x):
    return x.sub_(0.5).div_(0.5)


# %% wrong: the shift in the other direction
# the sign of the shift
def preprocess_img(x):
    return 2 * x + 1


# %% wrong: -
# black and white swapped
def preprocess_img(x):
    return 1 - 2 * x


# %% wrong: returns None
# no return
def preprocess_img(x):
    x = 2 * x - 1


# %% wrong: -
# one image is lost
def preprocess_img(x):
    return (2 * x - 1)[0]


# %% raised
def preprocess_img(x):
    return 2 * img - 1


# %% wrong: -
# too much subtracted
def preprocess_img(x):
    return 2 * x - 2


# %% not attempted
def preprocess_img(x):
    # YOUR CODE HERE
    raise NotImplementedError()
