# %% right: A and b
def projection_logits(phi, mu, mu_hat):
    A = mu - mu_hat
    b = 0.5 * (mu_hat.pow(2).sum(dim=1) - mu.pow(2).sum(dim=1))
    return phi @ A.T + b


# %% right: two log densities
def projection_logits(phi, mu, mu_hat):
    to_data = ((phi[:, None] - mu) ** 2).sum(-1)
    to_model = ((phi[:, None] - mu_hat) ** 2).sum(-1)
    return (to_model - to_data) / 2


# %% right: torch.distributions
def projection_logits(phi, mu, mu_hat):
    points = phi.unsqueeze(1)
    log_data = torch.distributions.Normal(mu, 1.0).log_prob(points).sum(-1)
    log_model = torch.distributions.Normal(mu_hat, 1.0).log_prob(points).sum(-1)
    return log_data - log_model


# %% right: a loop over the classes
def projection_logits(phi, mu, mu_hat):
    columns = []
    for m, m_hat in zip(mu, mu_hat):
        columns.append(phi @ (m - m_hat) + 0.5 * (m_hat @ m_hat - m @ m))
    return torch.stack(columns, dim=1)


# %% right: F.linear and norms
def projection_logits(phi, mu, mu_hat):
    bias = (mu_hat.norm(dim=1) ** 2 - mu.norm(dim=1) ** 2) / 2
    return F.linear(phi, mu - mu_hat, bias)


# %% right: cdist
def projection_logits(phi, mu, mu_hat):
    return 0.5 * torch.cdist(phi, mu_hat) ** 2 - 0.5 * torch.cdist(phi, mu) ** 2


# %% right: einsum
def projection_logits(phi, mu, mu_hat):
    middle = (mu + mu_hat) / 2
    return torch.einsum("nkd,kd->nk", phi[:, None, :] - middle[None], mu - mu_hat)


# %% wrong: data and model swapped
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu_hat - mu).T + 0.5 * ((mu**2).sum(1) - (mu_hat**2).sum(1))


# %% wrong: the half in b missing
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T + (mu_hat**2).sum(1) - (mu**2).sum(1)


# %% wrong: the sign of b
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T + 0.5 * ((mu**2).sum(1) - (mu_hat**2).sum(1))


# %% wrong: b forgotten
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T


# %% wrong: lengths not squared
def projection_logits(phi, mu, mu_hat):
    b = 0.5 * (torch.linalg.norm(mu_hat, dim=1) - torch.linalg.norm(mu, dim=1))
    return phi @ (mu - mu_hat).T + b


# %% wrong: the square of the difference
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T - 0.5 * ((mu - mu_hat) ** 2).sum(1)


# %% wrong: the square of the difference
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T + 0.5 * (mu_hat - mu).pow(2).sum(dim=1)


# %% wrong: one b for all classes
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat).T + 0.5 * (torch.sum(mu_hat**2) - torch.sum(mu**2))


# %% wrong: a probability, not a logit
def projection_logits(phi, mu, mu_hat):
    b = 0.5 * ((mu_hat**2).sum(1) - (mu**2).sum(1))
    return torch.sigmoid(phi @ (mu - mu_hat).T + b)


# %% wrong: a probability, not a logit
def projection_logits(phi, mu, mu_hat):
    b = 0.5 * ((mu_hat**2).sum(1) - (mu**2).sum(1))
    return F.softmax(phi @ (mu - mu_hat).T + b, dim=-1)


# %% wrong: classes in rows
def projection_logits(phi, mu, mu_hat):
    b = 0.5 * ((mu_hat**2).sum(1) - (mu**2).sum(1))
    return (mu - mu_hat) @ phi.T + b[:, None]


# %% wrong: -
# only the data's half
def projection_logits(phi, mu, mu_hat):
    return phi @ mu.T - 0.5 * (mu**2).sum(1)


# %% wrong: -
# summed over the classes
def projection_logits(phi, mu, mu_hat):
    b = 0.5 * ((mu_hat**2).sum(1) - (mu**2).sum(1))
    return (phi @ (mu - mu_hat).T + b).sum(1)


# %% wrong: -
# twice the logit: exponents without their half
def projection_logits(phi, mu, mu_hat):
    return torch.cdist(phi, mu_hat) ** 2 - torch.cdist(phi, mu) ** 2


# %% wrong: the caller's tensor overwritten, from: A and b
-    A = mu - mu_hat
-    b = 0.5 * (mu_hat.pow(2).sum(dim=1) - mu.pow(2).sum(dim=1))
-    return phi @ A.T + b
+    b = 0.5 * (mu_hat.pow(2).sum(dim=1) - mu.pow(2).sum(dim=1))
+    mu -= mu_hat
+    return phi @ mu.T + b


# %% raised
def projection_logits(phi, mu, mu_hat):
    return phi @ (mu - mu_hat) + 0.5 * ((mu_hat**2).sum(1) - (mu**2).sum(1))


# %% not attempted
def projection_logits(phi, mu, mu_hat):
    # YOUR CODE HERE
    raise NotImplementedError()
