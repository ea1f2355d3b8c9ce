# %% right: closed-form KL and cross-entropy
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    z = m + torch.sqrt(v) * torch.randn_like(m)
    logits = self.dec(z)
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec, kl, rec


# %% right: sums divided by the batch, rsample
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    q = torch.distributions.Normal(m, v.sqrt())
    logits = self.dec(q.rsample())
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    p = torch.distributions.Normal(torch.zeros_like(m), torch.ones_like(v))
    kl = torch.distributions.kl_divergence(q, p).sum() / len(x)
    nelbo = rec + kl
    return nelbo, kl, rec


# %% right: the KL estimated from the same code
def log_normal(x, m, v):
    return (-0.5 * (math.log(2 * math.pi) + torch.log(v) + (x - m) ** 2 / v)).sum(-1)


def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    z = m + torch.sqrt(v) * torch.randn_like(m)
    prior_m, prior_v = torch.zeros_like(m), torch.ones_like(v)
    kl = (log_normal(z, m, v) - log_normal(z, prior_m, prior_v)).mean()
    logits = self.dec(z)
    rec = (F.softplus(logits) - x * logits).sum(dim=1).mean()
    return kl + rec, kl, rec


# %% right: the KL estimated from ten other codes
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    q = torch.distributions.Normal(m, v.sqrt())
    p = torch.distributions.Normal(0.0, 1.0)
    many = q.rsample((10,))
    kl = (q.log_prob(many) - p.log_prob(many)).sum(-1).mean()
    logits = self.dec(q.rsample())
    rec = -torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(-1).mean()
    return kl + rec, kl, rec


# %% right: the model's own prior
def kl_of_normals(qm, qv, pm, pv):
    return (0.5 * (torch.log(pv) - torch.log(qv) + qv / pv + (qm - pm) ** 2 / pv - 1)).sum(-1)


def negative_elbo_bound(self, x):
    qm, qv = self.enc(x)
    kl = kl_of_normals(qm, qv, self.z_prior_m, self.z_prior_v).mean()
    z = qm + torch.randn_like(qv) * qv.sqrt()
    bce = nn.BCEWithLogitsLoss(reduction="none")
    rec = bce(self.dec(z), x).sum(-1).mean()
    return rec + kl, kl, rec


# %% wrong: summed over the batch
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum()
    return kl + rec, kl, rec


# %% wrong: a mean instead of a sum
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x)
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec, kl, rec


# %% wrong: a mean instead of a sum
# in both halves
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x)
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).mean()
    return kl + rec, kl, rec


# %% wrong: the KL subtracted
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return rec - kl, kl, rec


# %% wrong: the bound, not its negative
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    log_likelihood = torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return log_likelihood - kl, kl, log_likelihood


# %% wrong: v as deviation, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
-    logits = self.dec(z)
+    logits = self.dec(m + v * torch.randn_like(m))


# %% wrong: v as deviation
# in code and KL
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    q = torch.distributions.Normal(m, v)
    logits = self.dec(q.rsample())
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    prior = torch.distributions.Normal(torch.zeros_like(m), torch.ones_like(v))
    kl = torch.distributions.kl_divergence(q, prior).sum(-1).mean()
    return kl + rec, kl, rec


# %% wrong: the mean decoded, not a sample, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
-    logits = self.dec(z)
+    logits = self.dec(m)


# %% wrong: the KL the wrong way round
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * ((1 + m**2) / v - 1 + torch.log(v))).sum(-1).mean()
    return kl + rec, kl, rec


# %% wrong: sigmoid applied twice
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    pixels = torch.sigmoid(self.dec(m + v.sqrt() * torch.randn_like(m)))
    rec = F.binary_cross_entropy_with_logits(pixels, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec, kl, rec


# %% wrong: returned in the wrong order
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec, rec, kl


# %% wrong: the gradient is cut, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
+    z = torch.normal(m, v.sqrt())


# %% wrong: -
# one number only
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec


# %% wrong: -, from: closed-form KL and cross-entropy
# uniform noise
-    z = m + torch.sqrt(v) * torch.randn_like(m)
-    logits = self.dec(z)
+    logits = self.dec(m + v.sqrt() * torch.rand_like(m))


# %% wrong: -
# log sigma for log sigma squared
def negative_elbo_bound(self, x):
    m, v = self.enc(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v.sqrt()))).sum(-1).mean()
    return kl + rec, kl, rec


# %% raised
def negative_elbo_bound(self, x):
    m, v = self.encode(x)
    logits = self.dec(m + v.sqrt() * torch.randn_like(m))
    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
    return kl + rec, kl, rec


# %% not attempted
def negative_elbo_bound(self, x):
    raise NotImplementedError()
