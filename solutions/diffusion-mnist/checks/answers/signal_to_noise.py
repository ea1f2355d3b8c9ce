# %% right: the ratio
def signal_to_noise(alpha_bars):
    return alpha_bars / (1 - alpha_bars)


# %% right: 1 over the inverse
def signal_to_noise(alpha_bars):
    return 1 / (1 / alpha_bars - 1)


# %% right: the deviations, squared
def signal_to_noise(alpha_bars):
    signal, sigma = alpha_bars.sqrt(), (1 - alpha_bars).sqrt()
    return (signal / sigma) ** 2


# %% right: through logarithms
def signal_to_noise(alpha_bars):
    return torch.exp(torch.log(alpha_bars) - torch.log1p(-alpha_bars))


# %% right: torch.logit
def signal_to_noise(alpha_bars):
    return torch.logit(alpha_bars).exp()


# %% wrong: the root of the ratio
def signal_to_noise(alpha_bars):
    return torch.sqrt(alpha_bars) / torch.sqrt(1 - alpha_bars)


# %% wrong: inverted
def signal_to_noise(alpha_bars):
    return (1 - alpha_bars) / alpha_bars


# %% wrong: its logarithm
def signal_to_noise(alpha_bars):
    return torch.log(alpha_bars / (1 - alpha_bars))


# %% wrong: its logarithm
# in decibels
def signal_to_noise(alpha_bars):
    return 10 * torch.log10(alpha_bars / (1 - alpha_bars))


# %% wrong: a share instead of a ratio
def signal_to_noise(alpha_bars):
    return alpha_bars


# %% wrong: squared
def signal_to_noise(alpha_bars):
    return alpha_bars**2 / (1 - alpha_bars) ** 2


# %% wrong: the caller's tensor overwritten
def signal_to_noise(alpha_bars):
    noise = 1 - alpha_bars
    return alpha_bars.div_(noise)


# %% wrong: -
def signal_to_noise(alpha_bars):
    return alpha_bars / (1 + alpha_bars)


# %% wrong: -
# of the last step alone
def signal_to_noise(alpha_bars):
    return (alpha_bars / (1 - alpha_bars))[-1]


# %% wrong: -
def signal_to_noise(alpha_bars):
    return 1 / (1 - alpha_bars)


# %% raised
def signal_to_noise(alpha_bars):
    return alpha_bars / (1 - alpha_bar)


# %% not attempted
def signal_to_noise(alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
