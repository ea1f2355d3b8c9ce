# %% right: solve
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z + n * lam * A, Z.T @ y)


# %% right: the inverse, y as a column
def ridge(Z, y, lam):
    A = torch.eye(Z.size(1))
    A[0, 0] = 0.0
    return torch.inverse(Z.t() @ Z + len(Z) * lam * A) @ Z.t() @ y.reshape(-1, 1)


# %% right: averages on both sides
def ridge(Z, y, lam):
    n = Z.shape[0]
    A = torch.diag(torch.cat([torch.zeros(1), torch.ones(Z.shape[1] - 1)]))
    return torch.linalg.solve(Z.T @ Z / n + lam * A, Z.T @ y / n)


# %% right: centred
def ridge(Z, y, lam):
    X = Z[:, 1:]
    Xc, yc = X - X.mean(0), y - y.mean()
    slopes = torch.linalg.solve(Xc.T @ Xc + len(Z) * lam * torch.eye(X.shape[1]), Xc.T @ yc)
    bias = y.mean() - X.mean(0) @ slopes
    return torch.cat([bias.reshape(1), slopes])


# %% right: further rows, and least squares
def ridge(Z, y, lam):
    n, d = Z.shape
    extra = torch.sqrt(n * lam) * torch.eye(d)[1:]
    taller = torch.cat([Z, extra])
    targets = torch.cat([y, torch.zeros(d - 1)])
    return torch.linalg.lstsq(taller, targets[:, None]).solution[:, 0]


# %% right: numpy
def ridge(Z, y, lam):
    Z, y, lam = Z.double().numpy(), y.double().numpy(), float(lam)
    A = np.eye(Z.shape[1])
    A[0, 0] = 0
    return np.linalg.solve(Z.T @ Z + len(y) * lam * A, Z.T @ y)


# %% right: scikit-learn
def ridge(Z, y, lam):
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=len(Z) * lam.item()).fit(Z[:, 1:].numpy(), y.numpy())
    return torch.cat([torch.tensor([model.intercept_]), torch.from_numpy(model.coef_)])


# %% wrong: the bias penalised
def ridge(Z, y, lam):
    n, d = Z.shape
    return torch.linalg.solve(Z.T @ Z + n * lam * torch.eye(d), Z.T @ y)


# %% wrong: the bias penalised
# and n forgotten
def ridge(Z, y, lam):
    return torch.inverse(Z.T @ Z + lam * torch.eye(Z.shape[1])) @ Z.T @ y


# %% wrong: n forgotten
def ridge(Z, y, lam):
    A = torch.eye(Z.shape[1])
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z + lam * A, Z.T @ y)


# %% wrong: a half slipped in
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z + 0.5 * n * lam * A, Z.T @ y)


# %% wrong: a half slipped in
# from an objective with 1/(2n)
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z / (2 * n) + lam * A, Z.T @ y / (2 * n))


# %% wrong: no penalty
def ridge(Z, y, lam):
    return torch.linalg.lstsq(Z, y[:, None]).solution


# %% wrong: the wrong column spared, from: solve
-    A[0, 0] = 0
+    A[-1, -1] = 0


# %% wrong: n on one side only
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z / n + lam * A, Z.T @ y)


# %% wrong: the caller's tensor overwritten
def ridge(Z, y, lam):
    mean = y.mean()
    y -= mean
    X = Z[:, 1:]
    Xc = X - X.mean(0)
    slopes = torch.linalg.solve(Xc.T @ Xc + len(Z) * lam * torch.eye(X.shape[1]), Xc.T @ y)
    return torch.cat([(mean - X.mean(0) @ slopes).reshape(1), slopes])


# %% wrong: -
# an absolute penalty, one step of it
def ridge(Z, y, lam):
    w = torch.linalg.lstsq(Z, y[:, None]).solution[:, 0]
    return torch.sign(w) * torch.clamp(w.abs() - lam, min=0)


# %% wrong: -
# predictions instead of weights
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return Z @ torch.linalg.solve(Z.T @ Z + n * lam * A, Z.T @ y)


# %% wrong: the columns counted instead of the rows
# the number of columns instead of n
def ridge(Z, y, lam):
    n, d = Z.shape
    A = torch.eye(d)
    A[0, 0] = 0
    return torch.linalg.solve(Z.T @ Z + d * lam * A, Z.T @ y)


# %% wrong: -
# lam added everywhere, not on the diagonal
def ridge(Z, y, lam):
    n, d = Z.shape
    return torch.linalg.pinv(Z.T @ Z + n * lam) @ Z.T @ y


# %% raised, from: solve
-    A = torch.eye(d)
+    A = torch.eye(n)


# %% not attempted
def ridge(Z, y, lam):
    # YOUR CODE HERE
    raise NotImplementedError()
