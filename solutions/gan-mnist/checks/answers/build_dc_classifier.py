# %% right: nn.Sequential
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, kernel_size=5, stride=1),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2, stride=2),
        nn.Conv2d(32, 64, kernel_size=5, stride=1),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2, stride=2),
        nn.Flatten(),
        nn.Linear(4 * 4 * 64, 4 * 4 * 64),
        nn.LeakyReLU(0.01),
        nn.Linear(4 * 4 * 64, 1),
    )


# %% right: rows of pixels unflattened first
def build_dc_classifier():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(),
        nn.Linear(1024, 1),
    )


# %% right: a class with functions
class DCDiscriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5)
        self.conv2 = nn.Conv2d(32, 64, 5)
        self.fc1 = nn.Linear(1024, 1024)
        self.fc2 = nn.Linear(1024, 1)

    def forward(self, x):
        x = x.view(-1, 1, 28, 28)
        x = F.max_pool2d(F.leaky_relu(self.conv1(x), 0.01), 2)
        x = F.max_pool2d(F.leaky_relu(self.conv2(x), 0.01), 2)
        x = x.view(x.size(0), -1)
        x = F.leaky_relu(self.fc1(x), 0.01)
        return self.fc2(x)


def build_dc_classifier():
    return DCDiscriminator()


# %% right: pooling before the activation, which commutes
def block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 5), nn.MaxPool2d(2, 2), nn.LeakyReLU(0.01))


def build_dc_classifier():
    head = nn.Sequential(
        nn.Flatten(), nn.Linear(1024, 1024), nn.LeakyReLU(0.01), nn.Linear(1024, 1)
    )
    return nn.Sequential(block(1, 32), block(32, 64), head)


# %% right: logits of shape (N,)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 5),
            nn.LeakyReLU(0.01),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5),
            nn.LeakyReLU(0.01),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(1024, 1024), nn.LeakyReLU(0.01), nn.Linear(1024, 1)
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1)).squeeze(-1)


def build_dc_classifier():
    return Net()


# %% wrong: a batch size baked in
class Unflatten(nn.Module):
    def __init__(self, N=-1, C=1, H=28, W=28):
        super().__init__()
        self.N, self.C, self.H, self.W = N, C, H, W

    def forward(self, x):
        return x.view(self.N, self.C, self.H, self.W)


def build_dc_classifier():
    batch_size = 128
    return nn.Sequential(
        Unflatten(batch_size, 1, 28, 28),
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: a batch size baked in
class C(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 64, 5)
        self.fc1, self.fc2 = nn.Linear(1024, 1024), nn.Linear(1024, 1)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.leaky_relu(self.conv2(x)), 2)
        return self.fc2(F.leaky_relu(self.fc1(x.reshape(100, 1024))))


def build_dc_classifier():
    return C()


# %% wrong: a sigmoid at the end
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
        nn.Sigmoid(),
    )


# %% wrong: the wrong slope of LeakyReLU
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1),
    )


# %% wrong: the wrong slope of LeakyReLU
def build_dc_classifier():
    act = nn.LeakyReLU(0.2, inplace=True)
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        act,
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        act,
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        act,
        nn.Linear(1024, 1),
    )


# %% wrong: padding
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: no pooling
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.Flatten(),
        nn.Linear(64 * 20 * 20, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: -
# kernels of 3
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: the hidden layer missing
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1),
    )


# %% wrong: an activation missing
# after the hidden layer
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.Linear(1024, 1),
    )


# %% wrong: an activation missing, from: nn.Sequential
# after the first convolution
         nn.Conv2d(1, 32, kernel_size=5, stride=1),
-        nn.LeakyReLU(0.01),


# %% wrong: the wrong slope of LeakyReLU, from: nn.Sequential
# after the hidden layer
         nn.Linear(4 * 4 * 64, 4 * 4 * 64),
-        nn.LeakyReLU(0.01),
+        nn.LeakyReLU(0.2),


# %% wrong: another pooling
# windows of one pixel
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(1, 2),
        nn.Conv2d(32, 64, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(1, 2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: another pooling, from: nn.Sequential
# the mean, in one place
         nn.Conv2d(32, 64, kernel_size=5, stride=1),
         nn.LeakyReLU(0.01),
-        nn.MaxPool2d(2, stride=2),
+        nn.AvgPool2d(2),


# %% wrong: channels flattened in another order
class Turned(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 64, 5)
        self.fc1, self.fc2 = nn.Linear(1024, 1024), nn.Linear(1024, 1)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.leaky_relu(self.conv2(x)), 2)
        x = x.permute(0, 2, 3, 1).reshape(len(x), -1)
        return self.fc2(F.leaky_relu(self.fc1(x)))


def build_dc_classifier():
    return Turned()


# %% wrong: another activation
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.ELU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        nn.ELU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.ELU(),
        nn.Linear(1024, 1),
    )


# %% wrong: a Dropout added, from: nn.Sequential
         nn.Linear(4 * 4 * 64, 4 * 4 * 64),
         nn.LeakyReLU(0.01),
+        nn.Dropout(0.5),


# %% wrong: no bias, from: nn.Sequential
# in the first convolution
-        nn.Conv2d(1, 32, kernel_size=5, stride=1),
+        nn.Conv2d(1, 32, kernel_size=5, stride=1, bias=False),


# %% wrong: -, from: nn.Sequential
# batch norm
         nn.Conv2d(32, 64, kernel_size=5, stride=1),
+        nn.BatchNorm2d(64),


# %% raised
# padding changes the size of the flat layer
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 1024),
        nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


# %% wrong: -, from: nn.Sequential
# one channel less
-        nn.Conv2d(1, 32, kernel_size=5, stride=1),
+        nn.Conv2d(1, 31, kernel_size=5, stride=1),

-        nn.Conv2d(32, 64, kernel_size=5, stride=1),
+        nn.Conv2d(31, 64, kernel_size=5, stride=1),


# %% wrong: another number of units, from: nn.Sequential
-        nn.Linear(4 * 4 * 64, 4 * 4 * 64),
+        nn.Linear(4 * 4 * 64, 512),

-        nn.Linear(4 * 4 * 64, 1),
+        nn.Linear(512, 1),


# %% wrong: another number of units, from: nn.Sequential
# half as many channels
-        nn.Conv2d(32, 64, kernel_size=5, stride=1),
+        nn.Conv2d(32, 32, kernel_size=5, stride=1),

-        nn.Linear(4 * 4 * 64, 4 * 4 * 64),
+        nn.Linear(4 * 4 * 32, 4 * 4 * 64),


# %% not attempted
def build_dc_classifier():
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: no pooling
def build_dc_classifier():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2, 2),
        nn.Conv2d(32, 64, 5), nn.LeakyReLU(0.01),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 1024), nn.LeakyReLU(0.01), nn.Linear(1024, 1))


# %% wrong: batch norm added
def build_dc_classifier():
    def block(layer, width, kind):
        return [layer, kind(width), nn.LeakyReLU(0.01)]

    return nn.Sequential(
        *block(nn.Conv2d(1, 32, 5), 32, nn.BatchNorm2d),
        nn.MaxPool2d(2),
        *block(nn.Conv2d(32, 64, 5), 64, nn.BatchNorm2d),
        nn.MaxPool2d(2),
        nn.Flatten(),
        *block(nn.Linear(1024, 1024), 1024, nn.BatchNorm1d),
        nn.Linear(1024, 1),
    )
