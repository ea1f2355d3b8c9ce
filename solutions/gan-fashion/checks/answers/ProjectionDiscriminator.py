# %% right: gather
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.linear = nn.Linear(dim_features, n_classes)

    def forward(self, x, y):
        logits = self.linear(self.features(x))
        return logits.gather(1, y[:, None]).squeeze(1)


# %% right: the product with one-hot labels
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.n_classes = n_classes
        self.linear = nn.Linear(dim_features, n_classes)

    def forward(self, x, y):
        one_hot = F.one_hot(y, self.n_classes).float()
        return (one_hot * self.linear(self.features(x))).sum(dim=1, keepdim=True)


# %% right: two embeddings
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.phi = features
        self.A = nn.Embedding(n_classes, dim_features)
        self.b = nn.Embedding(n_classes, 1)

    def forward(self, x, y):
        return (self.A(y) * self.phi(x)).sum(1) + self.b(y)[:, 0]


# %% right: plain parameters, indices
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.A = nn.Parameter(0.02 * torch.randn(dim_features, n_classes))
        self.b = nn.Parameter(torch.zeros(n_classes))

    def forward(self, x, y):
        table = self.features(x) @ self.A + self.b
        return table[torch.arange(len(y)), y]


# %% wrong: the logits of all classes, from: gather
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return self.linear(self.features(x))


# %% wrong: a table of all images and all labels, from: gather
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return self.linear(self.features(x))[:, y]


# %% wrong: a table of all images and all labels, from: gather
# matmul with the one-hot labels
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        one_hot = F.one_hot(y, 10).float()
+        return self.linear(self.features(x)) @ one_hot.T


# %% wrong: labels dropped
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.linear = nn.Linear(dim_features, 1)

    def forward(self, x, y=None):
        return self.linear(self.features(x))


# %% wrong: labels dropped, from: gather
# added up over the classes
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return self.linear(self.features(x)).sum(1)


# %% wrong: no bias for the classes
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.embedding = nn.Embedding(n_classes, dim_features)

    def forward(self, x, y):
        return (self.embedding(y) * self.features(x)).sum(1)


# %% wrong: one bias for all classes
# the form of the paper, with an unconditional term
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.embedding = nn.Embedding(n_classes, dim_features)
        self.linear = nn.Linear(dim_features, 1)

    def forward(self, x, y):
        phi = self.features(x)
        return (self.embedding(y) * phi).sum(1, keepdim=True) + self.linear(phi)


# %% wrong: a class probability
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.linear = nn.Linear(dim_features, n_classes)

    def forward(self, x, y):
        classes = F.log_softmax(self.linear(self.features(x)), dim=1)
        return classes.gather(1, y.unsqueeze(1))


# %% wrong: a class probability, from: gather
# a sigmoid at the end
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return torch.sigmoid(logits[torch.arange(len(y)), y])


# %% wrong: the label beside the features
# the label is appended to the features
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.n_classes = n_classes
        self.linear = nn.Linear(dim_features + n_classes, 1)

    def forward(self, x, y):
        one_hot = F.one_hot(y, self.n_classes).float()
        return self.linear(torch.cat([self.features(x), one_hot], dim=1))


# %% wrong: -
# the label as a number
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.linear = nn.Linear(dim_features, 1)

    def forward(self, x, y):
        return self.linear(self.features(x)) * y[:, None]


# %% wrong: -, from: gather
# a further layer
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        logits = torch.relu(self.linear(self.features(x)))
+        return logits.gather(1, y[:, None])


# %% raised, from: gather
-        logits = self.linear(self.features(x))
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return y @ self.linear(self.features(x)).T


# %% wrong: -, from: gather
# the entry of the label squashed
-        return logits.gather(1, y[:, None]).squeeze(1)
+        return torch.tanh(logits.gather(1, y[:, None]))


# %% not attempted
class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x, y):
        # YOUR CODE HERE
        raise NotImplementedError()
