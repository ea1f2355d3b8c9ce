# %% right: nn.Sequential
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
    )
    return model


# %% right: a Flatten of its own, default slope
class Flatten(nn.Module):
    def forward(self, x):
        N = x.shape[0]
        return x.view(N, -1)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(),
        nn.Linear(256, 256),
        nn.LeakyReLU(),
        nn.Linear(256, 1),
    )


# %% right: a class of its own
class MyDisc(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 256)
        self.fc2 = nn.Linear(256, 256)
        self.out = nn.Linear(256, 1)
        self.act = nn.LeakyReLU(negative_slope=0.01, inplace=True)

    def forward(self, img):
        h = torch.flatten(img, start_dim=1)
        h = self.act(self.fc1(h))
        h = self.act(self.fc2(h))
        return self.out(h)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return MyDisc()


# %% right: parameters and functions
class Critic(nn.Module):
    def __init__(self, sizes=(784, 256, 256, 1)):
        super().__init__()
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(n_in, n_out) / math.sqrt(n_in))
            for n_in, n_out in zip(sizes, sizes[1:])
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(n)) for n in sizes[1:])

    def forward(self, x):
        x = x.reshape(len(x), -1)
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            if i > 0:
                x = F.leaky_relu(x, 0.01)
            x = x @ w + b
        return x


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Critic()


# %% right: the class itself, under the name of the function
class discriminator(nn.Module):
    def __init__(self, seed=None):
        super().__init__()
        if seed is not None:
            torch.manual_seed(seed)
        self.net = nn.Sequential(
            nn.Linear(784, 256), nn.LeakyReLU(0.01), nn.Linear(256, 256), nn.LeakyReLU(0.01)
        )
        self.head = nn.Linear(256, 1)

    def forward(self, x):
        return self.head(self.net(x.view(-1, 784)))


# %% right: one logit per image, shape (N,)
class Disc(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1)])

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x)
            x = torch.where(x > 0, x, 0.01 * x)
        return self.layers[-1](x).squeeze(1)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Disc()


# %% right: dropout, which evaluation switches off
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    layers = [nn.Flatten()]
    for n_in in (784, 256):
        layers += [nn.Linear(n_in, 256), nn.LeakyReLU(0.01), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(256, 1))


# %% right: other initial weights
def discriminator(seed=None):
    def init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)
            nn.init.zeros_(m.bias)

    if seed is not None:
        torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Flatten(1),
        nn.Linear(784, 256),
        nn.LeakyReLU(1e-2),
        nn.Linear(256, 256),
        nn.LeakyReLU(1e-2),
        nn.Linear(256, 1),
    )
    return net.apply(init)


# %% wrong: a sigmoid at the end, from: nn.Sequential
-    model = nn.Sequential(
+    return nn.Sequential(

         nn.Linear(256, 1),
+        nn.Sigmoid(),

-    return model


# %% wrong: a sigmoid at the end
class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.l2, self.l3 = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = F.leaky_relu(self.l1(x))
        x = F.leaky_relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return D()


# %% wrong: the wrong slope of LeakyReLU
# the slope of the papers
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
    )


# %% wrong: the wrong slope of LeakyReLU
# plain ReLU
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 1),
    )


# %% wrong: the wrong slope of LeakyReLU
# no activation at all
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1))


# %% wrong: no Flatten, from: nn.Sequential
-    model = nn.Sequential(
-        nn.Flatten(),
+    return nn.Sequential(

-    return model


# %% wrong: a tanh at the end, from: nn.Sequential
-    model = nn.Sequential(
+    return nn.Sequential(

         nn.Linear(256, 1),
+        nn.Tanh(),

-    return model


# %% wrong: -
# one layer short
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.01), nn.Linear(256, 1))


# %% wrong: -
# no biases
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256, bias=False),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256, bias=False),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1, bias=False),
    )


# %% wrong: -
# two classes
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 2),
    )


# %% wrong: -, from: nn.Sequential
# a bend behind the last layer too
-    model = nn.Sequential(
+    return nn.Sequential(

         nn.Linear(256, 1),
+        nn.LeakyReLU(0.01),

-    return model


# %% raised
# the layers do not fit
def discriminator(seed=None):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(512, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
    )


# %% wrong: returns None, from: nn.Sequential
# the network is built, never returned
-    if seed is not None:
-        torch.manual_seed(seed)

-    return model


# %% not attempted
def discriminator(seed=None):
    raise NotImplementedError()


# %% not attempted
# the class is there, its forward is not
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 256)

    def forward(self, x):
        raise NotImplementedError()


def discriminator(seed=None):
    return Net()
