# %% right: layers by their names
class VAE(nn.Module):
    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
        super().__init__()
        self.fc1 = nn.Linear(x_dim, h_dim1)
        self.fc2 = nn.Linear(h_dim1, h_dim2)
        self.fc31 = nn.Linear(h_dim2, z_dim)
        self.fc32 = nn.Linear(h_dim2, z_dim)
        self.fc4 = nn.Linear(z_dim, h_dim2)
        self.fc5 = nn.Linear(h_dim2, h_dim1)
        self.fc6 = nn.Linear(h_dim1, x_dim)

    def encoder(self, x):
        h = F.relu(self.fc1(x))
        h = F.relu(self.fc2(h))
        return self.fc31(h), self.fc32(h)

    def sampling(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        return mu + std * torch.randn_like(std)

    def decoder(self, z):
        h = F.relu(self.fc4(z))
        h = F.relu(self.fc5(h))
        return torch.sigmoid(self.fc6(h))

    def forward(self, x):
        mu, log_var = self.encoder(x.view(-1, 784))
        z = self.sampling(mu, log_var)
        return self.decoder(z), mu, log_var


# %% right: rows only, under older names of the functions, from: layers by their names
-        super().__init__()
+        super(VAE, self).__init__()

-        return torch.sigmoid(self.fc6(h))
+        return self.fc6(h).sigmoid()

-        mu, log_var = self.encoder(x.view(-1, 784))
+        mu, log_var = self.encoder(x)


# %% right: nn.Sequential around the layers
class VAE(nn.Module):
    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
        super().__init__()
        self.x_dim = x_dim
        self.encoding = nn.Sequential(
            nn.Linear(x_dim, h_dim1), nn.ReLU(), nn.Linear(h_dim1, h_dim2), nn.ReLU()
        )
        self.mean = nn.Linear(h_dim2, z_dim)
        self.log_variance = nn.Linear(h_dim2, z_dim)
        self.decoding = nn.Sequential(
            nn.Linear(z_dim, h_dim2), nn.ReLU(),
            nn.Linear(h_dim2, h_dim1), nn.ReLU(),
            nn.Linear(h_dim1, x_dim), nn.Sigmoid(),
        )

    def encoder(self, x):
        h = self.encoding(x)
        return self.mean(h), self.log_variance(h)

    def decoder(self, z):
        return self.decoding(z)

    def forward(self, x):
        mu, log_var = self.encoder(x.reshape(len(x), self.x_dim))
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        return self.decoder(z), mu, log_var


# %% right: an encoder that flattens, activations as modules
class VAE(nn.Module):
    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
        super().__init__()
        self.relu, self.sigmoid = nn.ReLU(), nn.Sigmoid()
        self.fc1, self.fc2 = nn.Linear(x_dim, h_dim1), nn.Linear(h_dim1, h_dim2)
        self.fc31, self.fc32 = nn.Linear(h_dim2, z_dim), nn.Linear(h_dim2, z_dim)
        self.fc4, self.fc5 = nn.Linear(z_dim, h_dim2), nn.Linear(h_dim2, h_dim1)
        self.fc6 = nn.Linear(h_dim1, x_dim)

    def encoder(self, x):
        x = torch.flatten(x, 1)
        x = self.relu(self.fc2(self.relu(self.fc1(x))))
        mu, log_var = self.fc31(x), self.fc32(x)
        return mu, log_var

    def sampling(self, mu, log_var):
        eps = torch.randn_like(mu)
        return eps.mul(log_var.mul(0.5).exp()).add_(mu)

    def decoder(self, z):
        return self.sigmoid(self.fc6(self.relu(self.fc5(self.relu(self.fc4(z))))))

    def forward(self, x):
        mu, log_var = self.encoder(x)
        return [self.decoder(self.sampling(mu, log_var)), mu, log_var]


# %% right: the heads in the other order, under names of their own
class VAE(nn.Module):
    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
        super().__init__()
        self.up3 = nn.Linear(h_dim1, x_dim)
        self.up2 = nn.Linear(h_dim2, h_dim1)
        self.up1 = nn.Linear(z_dim, h_dim2)
        self.to_log_var = nn.Linear(h_dim2, z_dim)
        self.to_mu = nn.Linear(h_dim2, z_dim)
        self.down2 = nn.Linear(h_dim1, h_dim2)
        self.down1 = nn.Linear(x_dim, h_dim1)

    def encoder(self, x):
        h = self.down2(self.down1(x).relu()).relu()
        return self.to_mu(h), self.to_log_var(h)

    def decoder(self, z):
        return self.up3(self.up2(self.up1(z).relu()).relu()).sigmoid()

    def forward(self, x):
        mu, log_var = self.encoder(x.flatten(1))
        return self.decoder(torch.normal(mu, (log_var / 2).exp())), mu, log_var


# %% right: fc32 made before fc31, from: layers by their names
-        self.fc31 = nn.Linear(h_dim2, z_dim)
         self.fc32 = nn.Linear(h_dim2, z_dim)
+        self.fc31 = nn.Linear(h_dim2, z_dim)


# %% right: while sampling is still a stub, from: layers by their names
-        std = torch.exp(0.5 * log_var)
-        return mu + std * torch.randn_like(std)
+        raise NotImplementedError()


# %% wrong: no sigmoid at the end, from: layers by their names
-        return torch.sigmoid(self.fc6(h))
+        return self.fc6(h)


# %% wrong: tanh instead of the sigmoid, from: layers by their names
-        return torch.sigmoid(self.fc6(h))
+        return torch.tanh(self.fc6(h))


# %% wrong: an activation on mu or log_var, from: layers by their names
-        return self.fc31(h), self.fc32(h)
+        return F.relu(self.fc31(h)), F.relu(self.fc32(h))


# %% wrong: an activation on mu or log_var, from: layers by their names
# tanh
-        return self.fc31(h), self.fc32(h)
+        return torch.tanh(self.fc31(h)), torch.tanh(self.fc32(h))


# %% wrong: one layer for mu and log_var, from: layers by their names
-        return self.fc31(h), self.fc32(h)
+        return self.fc31(h), self.fc31(h)


# %% wrong: mu and log_var swapped, from: layers by their names
-        return self.fc31(h), self.fc32(h)
+        return self.fc32(h), self.fc31(h)


# %% wrong: an activation other than ReLU, from: layers by their names
# LeakyReLU
-        h = F.relu(self.fc1(x))
-        h = F.relu(self.fc2(h))
+        h = F.leaky_relu(self.fc1(x))
+        h = F.leaky_relu(self.fc2(h))

-        h = F.relu(self.fc4(z))
-        h = F.relu(self.fc5(h))
+        h = F.leaky_relu(self.fc4(z))
+        h = F.leaky_relu(self.fc5(h))


# %% wrong: an activation missing, from: layers by their names
# none at all
-        h = F.relu(self.fc1(x))
-        h = F.relu(self.fc2(h))
+        h = self.fc1(x)
+        h = self.fc2(h)

-        h = F.relu(self.fc4(z))
-        h = F.relu(self.fc5(h))
+        h = self.fc4(z)
+        h = self.fc5(h)


# %% wrong: an activation missing, from: layers by their names
# one ReLU forgotten
-        h = F.relu(self.fc5(h))
+        h = self.fc5(h)


# %% wrong: -, from: layers by their names
# forward returns the images only
-        return self.decoder(z), mu, log_var
+        return self.decoder(z)


# %% wrong: no bias, from: layers by their names
-        self.fc1 = nn.Linear(x_dim, h_dim1)
+        self.fc1 = nn.Linear(x_dim, h_dim1, bias=False)


# %% wrong: -, from: layers by their names
# other widths
-    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
+    def __init__(self, x_dim=784, h_dim1=256, h_dim2=128, z_dim=2):


# %% wrong: an activation missing, from: layers by their names
# the first of the encoder
-        h = F.relu(self.fc1(x))
+        h = self.fc1(x)


# %% wrong: an activation other than ReLU, from: layers by their names
# tanh in the decoder
-        h = F.relu(self.fc4(z))
-        h = F.relu(self.fc5(h))
+        h = torch.tanh(self.fc4(z))
+        h = torch.tanh(self.fc5(h))


# %% wrong: an activation on mu or log_var, from: layers by their names
# softplus, behind fc32 alone
-        return self.fc31(h), self.fc32(h)
+        return self.fc31(h), F.softplus(self.fc32(h))


# %% wrong: ReLU at the end, from: layers by their names
-        return torch.sigmoid(self.fc6(h))
+        return torch.relu(self.fc6(h))


# %% wrong: a Dropout added, from: layers by their names
         h = F.relu(self.fc5(h))
+        h = F.dropout(h, 0.2, self.training)


# %% wrong: the sizes ignored, from: layers by their names
-        self.fc1 = nn.Linear(x_dim, h_dim1)
-        self.fc2 = nn.Linear(h_dim1, h_dim2)
-        self.fc31 = nn.Linear(h_dim2, z_dim)
-        self.fc32 = nn.Linear(h_dim2, z_dim)
-        self.fc4 = nn.Linear(z_dim, h_dim2)
-        self.fc5 = nn.Linear(h_dim2, h_dim1)
-        self.fc6 = nn.Linear(h_dim1, x_dim)
+        self.fc1 = nn.Linear(784, 512)
+        self.fc2 = nn.Linear(512, 256)
+        self.fc31 = nn.Linear(256, 2)
+        self.fc32 = nn.Linear(256, 2)
+        self.fc4 = nn.Linear(2, 256)
+        self.fc5 = nn.Linear(256, 512)
+        self.fc6 = nn.Linear(512, 784)


# %% wrong: -, from: layers by their names
# the mean also gets what the variance gets
-        return self.fc31(h), self.fc32(h)
+        return self.fc31(h) + self.fc32(h), self.fc32(h)


# %% wrong: -, from: layers by their names
# the sum over the batch
-        return self.fc31(h), self.fc32(h)
+        return self.fc31(h) - h.mean(), self.fc32(h)


# %% raised, from: layers by their names
-        h = F.relu(self.fc4(z))
+        h = F.relu(self.fc3(z))


# %% not attempted
class VAE(nn.Module):
    def __init__(self, x_dim=784, h_dim1=512, h_dim2=256, z_dim=2):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()
