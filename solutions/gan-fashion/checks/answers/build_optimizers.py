# %% right: one Adam for each network
def build_optimizers(g, d):
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% right: settings in a dictionary
def build_optimizers(g, d):
    settings = {"lr": 0.001, "betas": (0.5, 0.999)}
    return torch.optim.Adam(d.parameters(), **settings), torch.optim.Adam(g.parameters(), **settings)


# %% right: a list
def build_optimizers(g, d):
    return [torch.optim.Adam(net.parameters(), 1e-3, [0.5, 0.999]) for net in (d, g)]


# %% right: AdamW without decay
def build_optimizers(g, d):
    return tuple(
        torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.5, 0.999), weight_decay=0)
        for net in (d, g)
    )


# %% wrong: betas left at their default
def build_optimizers(g, d):
    return torch.optim.Adam(d.parameters(), lr=1e-3), torch.optim.Adam(g.parameters(), lr=1e-3)


# %% wrong: the wrong beta2
def build_optimizers(g, d):
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.9))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.9))
    return d_optimizer, g_optimizer


# %% wrong: the wrong learning rate
def build_optimizers(g, d):
    d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% wrong: weight decay
def build_optimizers(g, d):
    d_optimizer = torch.optim.AdamW(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.AdamW(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% wrong: plain gradient descent
def build_optimizers(g, d):
    return torch.optim.SGD(d.parameters(), lr=1e-3), torch.optim.SGD(g.parameters(), lr=1e-3)


# %% wrong: the two in the wrong order
def build_optimizers(g, d):
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return g_optimizer, d_optimizer


# %% wrong: one optimiser for both networks
# the same one twice
def build_optimizers(g, d):
    parameters = list(g.parameters()) + list(d.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-3, betas=(0.5, 0.999))
    return optimizer, optimizer


# %% wrong: one optimiser for both networks
# two of them
def build_optimizers(g, d):
    parameters = [*g.parameters(), *d.parameters()]
    d_optimizer = torch.optim.Adam(parameters, lr=1e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(parameters, lr=1e-3, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% wrong: one of the two is set otherwise
# the generator's is right
def build_optimizers(g, d):
    d_optimizer = torch.optim.Adam(d.parameters(), lr=4e-4, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% wrong: RMSprop for Adam
# RMSprop
def build_optimizers(g, d):
    return torch.optim.RMSprop(d.parameters(), lr=1e-3), torch.optim.RMSprop(g.parameters(), lr=1e-3)


# %% wrong: both optimisers move the same network
# both for the discriminator
def build_optimizers(g, d):
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return d_optimizer, g_optimizer


# %% raised
# only one comes back
def build_optimizers(g, d):
    return torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))


# %% raised
def build_optimizers(g, d):
    return torch.optim.Adam(d, lr=1e-3), torch.optim.Adam(g, lr=1e-3)


# %% wrong: the learning rate and the betas
def build_optimizers(g, d):
    return torch.optim.Adam(d.parameters(), lr=2e-4), torch.optim.Adam(g.parameters(), lr=2e-4)


# %% wrong: -
# Nesterov's momentum
def build_optimizers(g, d):
    nets = (d, g)
    return [torch.optim.NAdam(net.parameters(), lr=1e-3, betas=(0.5, 0.999)) for net in nets]


# %% wrong: -
def build_optimizers(g, d):
    nets = (d, g)
    return [torch.optim.Adamax(net.parameters(), lr=1e-3, betas=(0.5, 0.999)) for net in nets]


# %% wrong: -
# Adagrad
def build_optimizers(g, d):
    return torch.optim.Adagrad(d.parameters(), lr=1e-3), torch.optim.Adagrad(g.parameters(), lr=1e-3)


# %% wrong: AMSGrad for Adam
def build_optimizers(g, d):
    nets = (d, g)
    options = {"lr": 1e-3, "betas": (0.5, 0.999), "amsgrad": True}
    return [torch.optim.Adam(net.parameters(), **options) for net in nets]


# %% wrong: gradient descent with momentum
def build_optimizers(g, d):
    return [torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9) for net in (d, g)]


# %% not attempted
def build_optimizers(g, d):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: one optimiser for both networks
import itertools
def build_optimizers(g, d):
    d_opt = torch.optim.Adam(itertools.chain(g.parameters(), d.parameters()), lr=1e-3, betas=(0.5, 0.999))
    g_opt = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    return d_opt, g_opt
