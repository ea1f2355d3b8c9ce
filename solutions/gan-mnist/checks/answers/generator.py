# %% right: nn.Sequential
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )
    return model


# %% right: a class that returns images
class Gen(nn.Module):
    def __init__(self, nz):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(nz, 1024),
            nn.ReLU(True),
            nn.Linear(1024, 1024),
            nn.ReLU(True),
            nn.Linear(1024, 28 * 28),
        )

    def forward(self, z):
        x = torch.tanh(self.main(z))
        return x.view(-1, 1, 28, 28)


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Gen(noise_dim)


# %% right: F.relu and clamp
class Generator(nn.Module):
    def __init__(self, noise_dim=96, hidden=1024):
        super(Generator, self).__init__()
        self.fc1 = nn.Linear(noise_dim, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, 784)

    def forward(self, z):
        h1 = F.relu(self.fc1(z))
        h2 = self.fc2(h1).clamp(min=0)
        return F.tanh(self.fc3(h2))


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Generator(noise_dim)


# %% right: Unflatten at the end
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    sizes = [noise_dim, 1024, 1024]
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers.append(nn.Linear(a, b))
        layers.append(nn.ReLU(inplace=True))
    layers += [nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))]
    return nn.Sequential(*layers)


# %% right: LeakyReLU of slope 0, tanh through the sigmoid
class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(dim, 1024), nn.Linear(1024, 1024), nn.Linear(1024, 784)

    def forward(self, z):
        h = F.leaky_relu(self.a(z), 0.0)
        h = torch.maximum(self.b(h), torch.zeros(()))
        return 2 * torch.sigmoid(2 * self.c(h)) - 1


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Net(noise_dim)


# %% wrong: no tanh at the end, from: nn.Sequential
-    model = nn.Sequential(
+    return nn.Sequential(

-        nn.Tanh(),

-    return model


# %% wrong: a sigmoid instead of tanh
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Sigmoid(),
    )


# %% wrong: a sigmoid instead of tanh
class G(nn.Module):
    def __init__(self, noise_dim):
        super().__init__()
        self.fc1 = nn.Linear(noise_dim, 1024)
        self.fc2 = nn.Linear(1024, 1024)
        self.fc3 = nn.Linear(1024, 784)

    def forward(self, z):
        z = self.fc1(z).relu()
        z = self.fc2(z).relu()
        return self.fc3(z).sigmoid().reshape(-1, 1, 28, 28)


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return G(noise_dim)


# %% wrong: LeakyReLU instead of ReLU
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.LeakyReLU(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% wrong: LeakyReLU instead of ReLU
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    act = nn.LeakyReLU(0.2, inplace=True)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024), act, nn.Linear(1024, 1024), act, nn.Linear(1024, 784), nn.Tanh()
    )


# %% wrong: an activation missing
# both of them
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024), nn.Linear(1024, 1024), nn.Linear(1024, 784), nn.Tanh()
    )


# %% wrong: a hidden layer missing
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(noise_dim, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.Tanh())


# %% wrong: -
# narrower than asked
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 512),
        nn.ReLU(),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Linear(512, 784),
        nn.Tanh(),
    )


# %% wrong: batch norm added
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.BatchNorm1d(1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.BatchNorm1d(1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% wrong: an activation missing, from: nn.Sequential
# the second one
         nn.Linear(1024, 1024),
-        nn.ReLU(),


# %% wrong: LeakyReLU instead of ReLU, from: nn.Sequential
# in one place
         nn.Linear(1024, 1024),
-        nn.ReLU(),
+        nn.LeakyReLU(0.2),


# %% wrong: another activation, from: nn.Sequential
         nn.Linear(noise_dim, 1024),
-        nn.ReLU(),
+        nn.Sigmoid(),
         nn.Linear(1024, 1024),
-        nn.ReLU(),
+        nn.Sigmoid(),


# %% wrong: a Dropout added, from: nn.Sequential
         nn.Linear(1024, 1024),
         nn.ReLU(),
+        nn.Dropout(0.2),


# %% wrong: no bias, from: nn.Sequential
# in the last layer
-        nn.Linear(1024, 784),
+        nn.Linear(1024, 784, bias=False),


# %% wrong: a hidden layer too many, from: nn.Sequential
         nn.Linear(1024, 1024),
         nn.ReLU(),
+        nn.Linear(1024, 1024),
+        nn.ReLU(),


# %% wrong: a batch size baked in
class G(nn.Module):
    def __init__(self, noise_dim):
        super().__init__()
        self.fc1 = nn.Linear(noise_dim, 1024)
        self.fc2 = nn.Linear(1024, 1024)
        self.fc3 = nn.Linear(1024, 784)

    def forward(self, z):
        z = self.fc2(self.fc1(z).relu()).relu()
        return self.fc3(z).tanh().view(128, 784)


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return G(noise_dim)


# %% wrong: the seed ignored, from: nn.Sequential
-    if seed is not None:
-        torch.manual_seed(seed)


# %% wrong: -
# images upside down
class Flipped(nn.Module):
    def __init__(self, noise_dim):
        super().__init__()
        self.fc1 = nn.Linear(noise_dim, 1024)
        self.fc2 = nn.Linear(1024, 1024)
        self.fc3 = nn.Linear(1024, 784)

    def forward(self, z):
        z = self.fc2(self.fc1(z).relu()).relu()
        return self.fc3(z).tanh().reshape(-1, 28, 28).flip(1)


def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Flipped(noise_dim)


# %% wrong: -, from: nn.Sequential
# the weights of two layers are one
-    model = nn.Sequential(
-        nn.Linear(noise_dim, 1024),
+    hidden = nn.Linear(1024, 1024)
+    model = nn.Sequential(
+        nn.Linear(noise_dim, 1024),
+        nn.ReLU(),
+        hidden,
         nn.ReLU(),
-        nn.Linear(1024, 1024),
+        hidden,
         nn.ReLU(),
+        hidden,
+        nn.ReLU(),


# %% wrong: -
# another default
def generator(noise_dim=100, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% wrong: noise_dim ignored
# its size is written into the code
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(96, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% raised, from: nn.Sequential
# the layers do not fit
-        nn.Linear(1024, 784),
+        nn.Linear(784, 784),


# %% wrong: another number of units
# wider and wider
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 512),
        nn.ReLU(),
        nn.Linear(512, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% not attempted
def generator(noise_dim=96, seed=None):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: LeakyReLU instead of ReLU & noise_dim ignored
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(96, 1024), nn.LeakyReLU(), nn.Linear(1024, 1024), nn.LeakyReLU(), nn.Linear(1024, 784), nn.Tanh())


# %% wrong: an activation before the tanh
def generator(noise_dim=96, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(noise_dim, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.ReLU(), nn.Tanh())
