# %% right: nn.Sequential, flat output
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 7 * 7 * 128),
        nn.ReLU(),
        nn.BatchNorm1d(7 * 7 * 128),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, kernel_size=4, stride=2, padding=1),
        nn.Tanh(),
        nn.Flatten(),
    )


# %% right: batch norm before ReLU, as in the paper
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.BatchNorm1d(1024),
        nn.ReLU(True),
        nn.Linear(1024, 6272),
        nn.BatchNorm1d(6272),
        nn.ReLU(True),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.BatchNorm2d(64),
        nn.ReLU(True),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% right: a class with functions
class DCGen(nn.Module):
    def __init__(self, noise_dim=96):
        super().__init__()
        self.fc1 = nn.Linear(noise_dim, 1024)
        self.bn1 = nn.BatchNorm1d(1024)
        self.fc2 = nn.Linear(1024, 6272)
        self.bn2 = nn.BatchNorm1d(6272)
        self.up1 = nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1)
        self.bn3 = nn.BatchNorm2d(64)
        self.up2 = nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1)

    def forward(self, z):
        h = self.bn1(F.relu(self.fc1(z)))
        h = self.bn2(F.relu(self.fc2(h)))
        h = h.view(-1, 128, 7, 7)
        h = self.bn3(F.relu(self.up1(h)))
        return torch.tanh(self.up2(h))


def build_dc_generator(noise_dim=96):
    return DCGen(noise_dim)


# %% right: an Unflatten of its own, rows of pixels out
class Reshape(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)


def dense(n_in, n_out):
    return [nn.Linear(n_in, n_out), nn.ReLU(), nn.BatchNorm1d(n_out, momentum=0.01)]


def build_dc_generator(noise_dim=96):
    layers = dense(noise_dim, 1024) + dense(1024, 6272) + [Reshape(128, 7, 7)]
    layers += [nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(64)]
    layers += [nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(), Reshape(784)]
    return nn.Sequential(*layers)


# %% right: another library's eps and momentum, made in another order
class Late(nn.Module):
    def __init__(self, noise_dim):
        super().__init__()
        self.bn3 = nn.BatchNorm2d(64, eps=1e-3, momentum=0.01)
        self.bn2 = nn.BatchNorm1d(6272, eps=1e-3, momentum=0.01)
        self.bn1 = nn.BatchNorm1d(1024, eps=1e-3, momentum=0.01)
        self.up2 = nn.ConvTranspose2d(64, 1, 4, 2, 1)
        self.up1 = nn.ConvTranspose2d(128, 64, 4, 2, 1)
        self.fc2 = nn.Linear(1024, 6272)
        self.fc1 = nn.Linear(noise_dim, 1024)

    def forward(self, z):
        h = self.bn2(self.fc2(self.bn1(self.fc1(z).clamp(min=0))).clamp(min=0))
        h = self.bn3(F.relu(self.up1(h.unflatten(1, (128, 7, 7))), inplace=True))
        return self.up2(h).tanh()


def build_dc_generator(noise_dim=96):
    return Late(noise_dim)


# %% wrong: no tanh at the end
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Flatten(),
    )


# %% wrong: no tanh at the end
# batch norm first
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.BatchNorm1d(1024),
        nn.ReLU(),
        nn.Linear(1024, 6272),
        nn.BatchNorm1d(6272),
        nn.ReLU(),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
    )


# %% wrong: a batch size baked in
class View(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(*self.shape)


def build_dc_generator(noise_dim=96):
    batch_size = 128
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        View(batch_size, 128, 7, 7),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: a sigmoid instead of tanh
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Sigmoid(),
    )


# %% wrong: no batch norm
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
        nn.Flatten(),
    )


# %% wrong: -
# an odd kernel
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 3, 2, 1, output_padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 3, 2, 1, output_padding=1),
        nn.Tanh(),
    )


# %% wrong: batch norm on the image too
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.BatchNorm2d(1),
        nn.Tanh(),
    )


# %% wrong: -
# the dense part only
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


# %% wrong: an activation missing, from: nn.Sequential, flat output
# after the first transposed convolution, as three public solutions have it
         nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
-        nn.ReLU(),


# %% wrong: an activation missing
# all of them
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: LeakyReLU instead of ReLU
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.LeakyReLU(0.2),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.LeakyReLU(0.2),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: LeakyReLU instead of ReLU, from: batch norm before ReLU, as in the paper
# in one place, of slope 0.01
         nn.BatchNorm2d(64),
-        nn.ReLU(True),
+        nn.LeakyReLU(),


# %% wrong: batch norm before some activations, after others, from: nn.Sequential, flat output
         nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
-        nn.ReLU(),
         nn.BatchNorm2d(64),
+        nn.ReLU(),


# %% wrong: another eps in batch norm
# meant as momentum
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024, 0.8),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272, 0.8),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64, 0.8),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: batch norm without scale and shift
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024, affine=False),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272, affine=False),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64, affine=False),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: the statistics of the batch in evaluation mode
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024, track_running_stats=False),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272, track_running_stats=False),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64, track_running_stats=False),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: maps filled in another order
class ChannelsLast(nn.Module):
    def forward(self, x):
        return x.view(-1, 7, 7, 128).permute(0, 3, 1, 2)


def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        ChannelsLast(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: a Dropout added, from: nn.Sequential, flat output
         nn.BatchNorm1d(1024),
+        nn.Dropout(0.5),


# %% wrong: no bias
# before batch norm, which has a shift of its own
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: noise_dim ignored, from: nn.Sequential, flat output
-        nn.Linear(noise_dim, 1024),
+        nn.Linear(96, 1024),


# %% wrong: -
# batch norm that uses its running statistics while it is trained, too
class Norm(nn.BatchNorm2d):
    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)


class Norm1(nn.BatchNorm1d):
    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)


def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        Norm1(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        Norm1(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        Norm(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: -, from: a class with functions
# a layer normalisation for a batch normalisation
-        self.bn1 = nn.BatchNorm1d(1024)
+        self.bn1 = nn.LayerNorm(1024)


# %% wrong: -, from: nn.Sequential, flat output
# another default
-def build_dc_generator(noise_dim=96):
+def build_dc_generator(noise_dim=100):


# %% raised
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm2d(128),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


# %% wrong: another number of units, from: nn.Sequential, flat output
-        nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
+        nn.ConvTranspose2d(128, 32, kernel_size=4, stride=2, padding=1),

-        nn.BatchNorm2d(64),
+        nn.BatchNorm2d(32),

-        nn.ConvTranspose2d(64, 1, kernel_size=4, stride=2, padding=1),
+        nn.ConvTranspose2d(32, 1, kernel_size=4, stride=2, padding=1),


# %% not attempted
def build_dc_generator(noise_dim=96):
    raise NotImplementedError()


# %% wrong: an activation before the tanh
def build_dc_generator(noise_dim=96):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272),
        nn.ReLU(),
        nn.BatchNorm1d(6272),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Tanh(),
    )
