# %% right: nn.Sequential
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        c1, c2, c3 = hidden_features // 2, hidden_features, hidden_features * 2
        self.cnn_layers = nn.Sequential(
            nn.Conv2d(1, c1, kernel_size=5, stride=2, padding=4),
            nn.SiLU(),
            nn.Conv2d(c1, c2, kernel_size=3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(c2, c3, kernel_size=3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(c3, c3, kernel_size=3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(c3 * 4, c3),
            nn.SiLU(),
            nn.Linear(c3, out_dim),
        )

    def forward(self, x):
        return self.cnn_layers(x).squeeze(dim=-1)


# %% right: layers one by one, a Swish of its own
class MySwish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1, **kwargs):
        super().__init__()
        h = hidden_features
        self.conv1 = nn.Conv2d(1, h // 2, 5, 2, 4)
        self.conv2 = nn.Conv2d(h // 2, h, 3, 2, 1)
        self.conv3 = nn.Conv2d(h, 2 * h, 3, 2, 1)
        self.conv4 = nn.Conv2d(2 * h, 2 * h, 3, 2, 1)
        self.fc1 = nn.Linear(8 * h, 2 * h)
        self.fc2 = nn.Linear(2 * h, out_dim)
        self.act = MySwish()

    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = self.act(conv(x))
        x = x.view(x.size(0), -1)
        return self.fc2(self.act(self.fc1(x)))[:, 0]


# %% right: flattened at the end
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.body = nn.ModuleList(
            [nn.Conv2d(1, h // 2, 5, stride=2, padding=4), nn.Conv2d(h // 2, h, 3, stride=2, padding=1)]
            + [nn.Conv2d(h, 2 * h, 3, stride=2, padding=1), nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1)]
        )
        self.head = nn.Sequential(nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim))

    def forward(self, x):
        for layer in self.body:
            x = F.silu(layer(x))
        return self.head(torch.flatten(x, 1)).reshape(len(x))


# %% right: one row per image, (N, 1)
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, stride=2, padding=4), nn.SiLU(),
            nn.Conv2d(h // 2, h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
        )

    def forward(self, x):
        return self.layers(x)


# %% wrong: squeezed wrongly at N = 1, from: one row per image, (N, 1)
-        return self.layers(x)
+        return self.layers(x).squeeze()


# %% wrong: ReLU instead of Swish
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, stride=2, padding=4), nn.ReLU(),
            nn.Conv2d(h // 2, h, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(h, 2 * h, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.ReLU(), nn.Linear(2 * h, out_dim),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


# %% wrong: a sigmoid at the end, from: one row per image, (N, 1)
-            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
+            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim), nn.Sigmoid(),

-        return self.layers(x)
+        return self.layers(x).squeeze(-1)


# %% wrong: the wrong padding in the first layer
# what keeps the size without a stride
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, stride=2, padding=2), nn.SiLU(),
            nn.Conv2d(h // 2, h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


# %% wrong: no activation between the layers
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, stride=2, padding=4),
            nn.Conv2d(h // 2, h, 3, stride=2, padding=1),
            nn.Conv2d(h, 2 * h, 3, stride=2, padding=1),
            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1),
            nn.Flatten(),
            nn.Linear(8 * h, 2 * h),
            nn.Linear(2 * h, out_dim),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


# %% wrong: a Swish after the last layer
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        sizes = [(1, h // 2, 5, 4), (h // 2, h, 3, 1), (h, 2 * h, 3, 1), (2 * h, 2 * h, 3, 1)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, stride=2, padding=p) for i, o, k, p in sizes)
        self.linears = nn.ModuleList([nn.Linear(8 * h, 2 * h), nn.Linear(2 * h, out_dim)])

    def forward(self, x):
        for conv in self.convs:
            x = F.silu(conv(x))
        x = x.flatten(1)
        for linear in self.linears:
            x = F.silu(linear(x))
        return x.squeeze(-1)


# %% wrong: -
# max pooling instead of strides, another size
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.layers = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, padding=4), nn.SiLU(), nn.MaxPool2d(2),
            nn.Conv2d(h // 2, h, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2),
            nn.Conv2d(h, 2 * h, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2),
            nn.Conv2d(2 * h, 2 * h, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


# %% wrong: -, from: one row per image, (N, 1)
# one convolution short
-            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
-            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
+            nn.Flatten(), nn.Linear(32 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),

-        return self.layers(x)
+        return self.layers(x).squeeze(-1)


# %% wrong: a tanh at the end, from: one row per image, (N, 1)
-            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
+            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim), nn.Tanh(),

-        return self.layers(x)
+        return self.layers(x).squeeze(-1)


# %% wrong: no activation between the layers, from: nn.Sequential
# one missing, before the last layer
             nn.Linear(c3 * 4, c3),
-            nn.SiLU(),


# %% wrong: ReLU instead of Swish, from: nn.Sequential
# in one place
             nn.Linear(c3 * 4, c3),
-            nn.SiLU(),
+            nn.ReLU(),


# %% wrong: another activation, from: one row per image, (N, 1)
-            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
+            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.GELU(), nn.Linear(2 * h, out_dim),


# %% wrong: channels flattened in another order
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        h = hidden_features
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, h // 2, 5, stride=2, padding=4), nn.SiLU(),
            nn.Conv2d(h // 2, h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(2 * h, 2 * h, 3, stride=2, padding=1), nn.SiLU(),
        )
        self.linears = nn.Sequential(nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim))

    def forward(self, x):
        maps = self.convolutions(x).movedim(1, -1)
        return self.linears(maps.flatten(1)).squeeze(-1)


# %% wrong: a Dropout added, from: nn.Sequential
             nn.Linear(c3 * 4, c3),
             nn.SiLU(),
+            nn.Dropout(0.1),


# %% wrong: no bias, from: nn.Sequential
-            nn.Conv2d(c1, c2, kernel_size=3, stride=2, padding=1),
+            nn.Conv2d(c1, c2, kernel_size=3, stride=2, padding=1, bias=False),


# %% wrong: a batch size baked in, from: nn.Sequential
-        return self.cnn_layers(x).squeeze(dim=-1)
+        return self.cnn_layers(x).view(128)


# %% wrong: hidden_features or out_dim ignored
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=4), nn.SiLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(256, 64), nn.SiLU(), nn.Linear(64, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


# %% wrong: -, from: nn.Sequential
# batch norm
         c1, c2, c3 = hidden_features // 2, hidden_features, hidden_features * 2
         self.cnn_layers = nn.Sequential(
+            nn.BatchNorm2d(1),


# %% wrong: -, from: nn.Sequential
# images in [0, 1] expected
-        return self.cnn_layers(x).squeeze(dim=-1)
+        return self.cnn_layers((x + 1) / 2).squeeze(dim=-1)


# %% raised, from: one row per image, (N, 1)
# the flattened size is wrong
-            nn.Flatten(), nn.Linear(8 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),
+            nn.Flatten(), nn.Linear(18 * h, 2 * h), nn.SiLU(), nn.Linear(2 * h, out_dim),

-        return self.layers(x)
+        return self.layers(x).squeeze(-1)


# %% raised
# super().__init__() forgotten
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        self.conv = nn.Conv2d(1, 16, 5, stride=2, padding=4)

    def forward(self, x):
        return self.conv(x)


# %% wrong: another number of units, from: nn.Sequential
-            nn.Linear(c3 * 4, c3),
+            nn.Linear(c3 * 4, 128),

-            nn.Linear(c3, out_dim),
+            nn.Linear(128, out_dim),


# %% not attempted
class CNNModel(nn.Module):
    def __init__(self, hidden_features=32, out_dim=1):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x):
        return self.layers(x)
