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


# %% right: the layers in another order of making
class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(256, 1)
        self.middle = nn.Linear(256, 256)
        self.first = nn.Linear(784, 256)

    def forward(self, x):
        h = F.leaky_relu(self.first(x.flatten(1)), inplace=True)
        return self.last(F.leaky_relu(self.middle(h), inplace=True))


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Late()


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


# %% wrong: an activation missing
# none at all
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


# %% wrong: a hidden layer missing
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.01), nn.Linear(256, 1))


# %% wrong: no bias
# in any layer
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


# %% wrong: another number of units
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


# %% wrong: an activation after the last layer, from: nn.Sequential
-    model = nn.Sequential(
+    return nn.Sequential(

         nn.Linear(256, 1),
+        nn.LeakyReLU(0.01),

-    return model


# %% wrong: a Dropout added
# which evaluation switches off
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    layers = [nn.Flatten()]
    for n_in in (784, 256):
        layers += [nn.Linear(n_in, 256), nn.LeakyReLU(0.01), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(256, 1))


# %% wrong: a Dropout added
# by its function, which evaluation does not switch off
class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.l2, self.l3 = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1)

    def forward(self, x):
        x = F.leaky_relu(self.l1(x.flatten(1)), 0.01)
        x = F.leaky_relu(self.l2(F.dropout(x, 0.3)), 0.01)
        return self.l3(x)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Noisy()


# %% wrong: an activation missing, from: nn.Sequential
# the second one
         nn.Linear(256, 256),
-        nn.LeakyReLU(0.01),


# %% wrong: an activation missing, from: nn.Sequential
# the first one
         nn.Linear(784, 256),
-        nn.LeakyReLU(0.01),


# %% wrong: the wrong slope of LeakyReLU, from: nn.Sequential
# of the second one
         nn.Linear(256, 256),
-        nn.LeakyReLU(0.01),
+        nn.LeakyReLU(0.2),


# %% wrong: another activation, from: nn.Sequential
         nn.Linear(784, 256),
-        nn.LeakyReLU(0.01),
+        nn.Tanh(),
         nn.Linear(256, 256),
-        nn.LeakyReLU(0.01),
+        nn.Tanh(),


# %% wrong: an activation after the last layer, from: nn.Sequential
# a ReLU
         nn.Linear(256, 1),
+        nn.ReLU(),


# %% wrong: no bias, from: nn.Sequential
# in the last layer
-        nn.Linear(256, 1),
+        nn.Linear(256, 1, bias=False),


# %% wrong: a hidden layer too many, from: nn.Sequential
         nn.Linear(256, 256),
         nn.LeakyReLU(0.01),
+        nn.Linear(256, 256),
+        nn.LeakyReLU(0.01),


# %% wrong: a hidden layer too many
# the same layer twice
class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1)
        self.act = nn.LeakyReLU(0.01)

    def forward(self, x):
        h = self.act(self.fc1(x.flatten(1)))
        h = self.act(self.fc2(h))
        return self.fc3(self.act(self.fc2(h)))


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Twice()


# %% wrong: a batch size baked in
class Rows(nn.Module):
    def forward(self, x):
        return x.view(128, 784)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        Rows(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
    )


# %% wrong: the seed ignored, from: nn.Sequential
# if it is 0
-    if seed is not None:
+    if seed:


# %% wrong: the seed ignored, from: nn.Sequential
-    if seed is not None:
-        torch.manual_seed(seed)


# %% wrong: the seed ignored, from: nn.Sequential
# always the same one
-    if seed is not None:
-        torch.manual_seed(seed)
+    torch.manual_seed(0)


# %% wrong: another number of units, from: nn.Sequential
# other widths
-        nn.Linear(784, 256),
+        nn.Linear(784, 512),

-        nn.Linear(256, 256),
+        nn.Linear(512, 256),


# %% wrong: -, from: nn.Sequential
# noise in the weights
         nn.Linear(784, 256),
+        nn.RReLU(),
-        nn.LeakyReLU(0.01),


# %% wrong: -
# what a batch is depends on the one before
class Remembers(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 1)
        self.before = 0

    def forward(self, x):
        h = F.leaky_relu(self.fc1(x.flatten(1)), 0.01)
        h = F.leaky_relu(self.fc2(h), 0.01)
        self.before = self.before + self.fc3(h).mean().item()
        return self.fc3(h) + self.before


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Remembers()


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


# %% wrong: another number of units
# fewer and fewer
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 128),
        nn.LeakyReLU(0.01),
        nn.Linear(128, 1),
    )


# %% wrong: -
# the absolute value of the logit
class Positive(nn.Module):
    def forward(self, x):
        return x.abs()


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
        Positive(),
    )


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


# %% wrong: batch norm added
def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.BatchNorm1d(256), nn.LeakyReLU(0.01), nn.Linear(256, 256), nn.BatchNorm1d(256), nn.LeakyReLU(0.01), nn.Linear(256, 1))
