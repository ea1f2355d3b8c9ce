# %% right: as the paper writes it
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


# %% right: torch has it under another name
class Swish(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return F.silu(x)


# %% right: a subclass of nn.SiLU
class Swish(nn.SiLU):
    pass


# %% right: with exp
class Swish(nn.Module):
    def __init__(self):
        super(Swish, self).__init__()
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        gate = self.sigmoid(x)
        return gate.mul(x)


# %% right: a function that returns the layer
def Swish():
    return nn.SiLU()


# %% wrong: ReLU
class Swish(nn.Module):
    def forward(self, x):
        return torch.relu(x)


# %% wrong: ReLU
class Swish(nn.Module):
    def forward(self, x):
        return x * (x > 0)


# %% wrong: the sigmoid alone
class Swish(nn.Module):
    def forward(self, x):
        return torch.sigmoid(x)


# %% wrong: x tanh(x)
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.tanh(x)


# %% wrong: another smooth activation
class Swish(nn.Module):
    def forward(self, x):
        return F.gelu(x)


# %% wrong: another smooth activation
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Softplus()

    def forward(self, x):
        return self.act(x)


# %% wrong: another smooth activation
# the hard form
class Swish(nn.Module):
    def forward(self, x):
        return F.hardswish(x)


# %% wrong: -
# beta in the wrong place
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


# %% wrong: -
# the gradient is cut
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x).detach()


# %% raised
class Swish(nn.Module):
    def forward(self, x):
        return x * sigmoid(x)


# %% raised
# not a module, and called with the input
def Swish(x):
    return x * torch.sigmoid(x)


# %% wrong: another smooth activation
# Mish
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.tanh(F.softplus(x))


# %% wrong: -
# the logarithm of the sigmoid
class Swish(nn.Module):
    def forward(self, x):
        return x * F.logsigmoid(x)


# %% not attempted
class Swish(nn.Module):
    def forward(self, x):
        # YOUR CODE HERE
        raise NotImplementedError()


# %% wrong: cut off below 0
class Swish(nn.Module):
    def forward(self, x):
        return F.relu(x) * torch.sigmoid(x)


# %% wrong: the sign in the exponent
class Swish(nn.Module):
    def forward(self, x):
        return x / (1 + torch.exp(x))
