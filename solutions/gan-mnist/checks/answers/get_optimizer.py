# %% right: Adam
def get_optimizer(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return optimizer


# %% right: the default learning rate
def get_optimizer(model):
    from torch import optim

    return optim.Adam(model.parameters(), betas=(0.5, 0.999))


# %% right: AdamW without decay
def get_optimizer(model):
    return torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.5, 0.999), weight_decay=0)


# %% right: only what wants a gradient, in groups
def get_optimizer(model):
    trainable = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.Adam([{"params": trainable, "lr": 1e-3}], betas=(0.5, 0.999), foreach=False)


# %% right: the defaults changed afterwards
def get_optimizer(model):
    solver = torch.optim.Adam(model.parameters())
    for group in solver.param_groups:
        group["lr"] = 1e-3
        group["betas"] = (0.5, 0.999)
    return solver


# %% wrong: betas left at their default
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3)


# %% wrong: the wrong beta2
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.9))


# %% wrong: the wrong beta2
# the pair the wrong way round
def get_optimizer(model):
    beta1, beta2 = 0.5, 0.999
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(beta2, beta1))


# %% wrong: the wrong learning rate
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.5, 0.999))


# %% wrong: the wrong learning rate
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.5, 0.999))


# %% wrong: weight decay
def get_optimizer(model):
    return torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.5, 0.999))


# %% wrong: plain gradient descent
def get_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=1e-3)


# %% wrong: plain gradient descent
def get_optimizer(model):
    return torch.optim.SGD(list(model.parameters()), lr=0.01, momentum=0.0)


# %% wrong: RMSprop for Adam
def get_optimizer(model):
    return torch.optim.RMSprop(model.parameters(), lr=1e-3)


# %% wrong: gradient descent with momentum
def get_optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.5)


# %% wrong: the learning rate and the betas
# both numbers wrong
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=2e-4)


# %% wrong: -
# a copy learns, the model does not
def get_optimizer(model):
    import copy

    return torch.optim.Adam(copy.deepcopy(model).parameters(), lr=1e-3, betas=(0.5, 0.999))


# %% raised
def get_optimizer(model):
    return torch.optim.Adam(model, lr=1e-3, betas=(0.5, 0.999))


# %% wrong: returns None, from: Adam
# no return
-    return optimizer


# %% wrong: -
# Adagrad
def get_optimizer(model):
    return torch.optim.Adagrad(model.parameters(), lr=1e-3)


# %% wrong: -
# Adamax
def get_optimizer(model):
    return torch.optim.Adamax(model.parameters(), lr=1e-3, betas=(0.5, 0.999))


# %% wrong: AMSGrad for Adam
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999), amsgrad=True)


# %% wrong: weight decay
# added to the gradient
def get_optimizer(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999), weight_decay=1e-4)


# %% not attempted
def get_optimizer(model):
    optimizer = None
    # YOUR CODE HERE
    raise NotImplementedError()
