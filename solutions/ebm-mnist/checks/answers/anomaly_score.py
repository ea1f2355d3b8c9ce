# %% right: the energy
@torch.no_grad()
def anomaly_score(model, x):
    return -model(x)


# %% right: f itself
def anomaly_score(model, x):
    model.eval()
    with torch.no_grad():
        return model(x).cpu()


# %% right: in parts
def anomaly_score(model, x):
    with torch.no_grad():
        return torch.cat([-model(part) for part in x.split(4)])


# %% right: one image at a time
def anomaly_score(model, x):
    scores = []
    for image in x:
        scores.append(model(image.unsqueeze(0)).item())
    return torch.tensor(scores)


# %% right: with its graph
def anomaly_score(model, x):
    return -model(x).reshape(len(x))


# %% wrong: a sigmoid
@torch.no_grad()
def anomaly_score(model, x):
    return torch.sigmoid(model(x))


# %% wrong: a sigmoid
@torch.no_grad()
def anomaly_score(model, x):
    return 1 - torch.sigmoid(model(x))


# %% wrong: the absolute value
@torch.no_grad()
def anomaly_score(model, x):
    return model(x).abs()


# %% wrong: one number for the whole batch
@torch.no_grad()
def anomaly_score(model, x):
    return -model(x).mean()


# %% wrong: one number for the whole batch
@torch.no_grad()
def anomaly_score(model, x):
    return model(x).sum().item()


# %% wrong: the unnormalised density
@torch.no_grad()
def anomaly_score(model, x):
    return torch.exp(model(x))


# %% wrong: compared with its own batch
@torch.no_grad()
def anomaly_score(model, x):
    f = model(x)
    return f - f.mean()


# %% wrong: compared with its own batch
@torch.no_grad()
def anomaly_score(model, x):
    return torch.softmax(-model(x), dim=0)


# %% wrong: -
# the size of the gradient
def anomaly_score(model, x):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(model(x).sum(), x)
    return g.flatten(1).norm(dim=1)


# %% wrong: -
# a threshold
@torch.no_grad()
def anomaly_score(model, x):
    return (model(x) < 0).float()


# %% wrong: -
# squared
@torch.no_grad()
def anomaly_score(model, x):
    return model(x) ** 2


# %% raised
def anomaly_score(model, x):
    return -model(x)[:, 1]


# %% not attempted
def anomaly_score(model, x):
    # YOUR CODE HERE
    raise NotImplementedError()
