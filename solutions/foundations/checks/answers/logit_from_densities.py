# %% right: the difference
def logit_from_densities(log_p_data, log_p_model):
    return log_p_data - log_p_model


# %% right: torch.sub
def logit_from_densities(log_p_data, log_p_model):
    logit = torch.sub(log_p_data, log_p_model)
    return logit


# %% right: from log D and log(1 - D), stably
def logit_from_densities(log_p_data, log_p_model):
    log_sum = torch.logaddexp(log_p_data, log_p_model)
    log_d = log_p_data - log_sum
    log_1_minus_d = log_p_model - log_sum
    return log_d - log_1_minus_d


# %% right: numpy
def logit_from_densities(log_p_data, log_p_model):
    return torch.from_numpy(np.subtract(log_p_data.numpy(), log_p_model.numpy()))


# %% right: minus the other way round
def logit_from_densities(log_p_data, log_p_model):
    return -(log_p_model - log_p_data)


# %% wrong: the sign
def logit_from_densities(log_p_data, log_p_model):
    return log_p_model - log_p_data


# %% wrong: the probability, not its logit
def logit_from_densities(log_p_data, log_p_model):
    return torch.sigmoid(log_p_data - log_p_model)


# %% wrong: the probability, not its logit & unstable for small densities
# with densities, which underflow
def logit_from_densities(log_p_data, log_p_model):
    p, q = log_p_data.exp(), log_p_model.exp()
    return p / (p + q)


# %% wrong: the ratio, not its logarithm & unstable for small densities
def logit_from_densities(log_p_data, log_p_model):
    return torch.exp(log_p_data) / torch.exp(log_p_model)


# %% wrong: log D*, not its logit
def logit_from_densities(log_p_data, log_p_model):
    return F.logsigmoid(log_p_data - log_p_model)


# %% wrong: log D*, not its logit & unstable for small densities
def logit_from_densities(log_p_data, log_p_model):
    p, q = log_p_data.exp(), log_p_model.exp()
    return torch.log(p / (p + q))


# %% wrong: the ratio of the logarithms
def logit_from_densities(log_p_data, log_p_model):
    return log_p_data / log_p_model


# %% wrong: the logarithm taken again
def logit_from_densities(log_p_data, log_p_model):
    return torch.log(log_p_data / log_p_model)


# %% wrong: the logarithm taken again
def logit_from_densities(log_p_data, log_p_model):
    return log_p_data.log() - log_p_model.log()


# %% wrong: unstable for small densities
def logit_from_densities(log_p_data, log_p_model):
    p, q = torch.exp(log_p_data), torch.exp(log_p_model)
    return torch.log(p / q)


# %% wrong: unstable for small densities
def logit_from_densities(log_p_data, log_p_model):
    p, q = torch.exp(log_p_data), torch.exp(log_p_model)
    d = p / (p + q)
    return torch.log(d / (1 - d))


# %% wrong: unstable for small densities
# an epsilon hides it
def logit_from_densities(log_p_data, log_p_model):
    p, q = torch.exp(log_p_data) + 1e-12, torch.exp(log_p_model) + 1e-12
    return torch.log(p) - torch.log(q)


# %% wrong: the caller's tensor overwritten
def logit_from_densities(log_p_data, log_p_model):
    log_p_data -= log_p_model
    return log_p_data


# %% wrong: -
# added
def logit_from_densities(log_p_data, log_p_model):
    return log_p_data + log_p_model


# %% wrong: -
# one number
def logit_from_densities(log_p_data, log_p_model):
    return (log_p_data - log_p_model).mean()


# %% wrong: -
# log(1 - D*)
def logit_from_densities(log_p_data, log_p_model):
    return F.logsigmoid(log_p_model - log_p_data)


# %% raised
def logit_from_densities(log_p_data, log_p_model):
    return math.log(log_p_data) - math.log(log_p_model)


# %% not attempted
def logit_from_densities(log_p_data, log_p_model):
    # YOUR CODE HERE
    raise NotImplementedError()
