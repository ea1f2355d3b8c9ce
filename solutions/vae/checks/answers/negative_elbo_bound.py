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


# %% wrong: uniform noise, from: closed-form KL and cross-entropy
# on (0, 1)
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


# %% wrong: the log-likelihood returned as rec, from: closed-form KL and cross-entropy
-    return kl + rec, kl, rec
+    return kl + rec, kl, -rec


# %% wrong: not averaged over the batch, from: closed-form KL and cross-entropy
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
+    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1)


# %% wrong: log p(z) forgotten, from: closed-form KL and cross-entropy
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    log_q = (-0.5 * (math.log(2 * math.pi) + torch.log(v) + (z - m) ** 2 / v)).sum(-1)
+    kl = log_q.mean()


# %% wrong: the sign of the KL, from: closed-form KL and cross-entropy
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    kl = (-0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()


# %% wrong: the half missing, from: closed-form KL and cross-entropy
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    kl = ((m**2 + v - 1 - torch.log(v))).sum(-1).mean()


# %% wrong: -, from: closed-form KL and cross-entropy
# the bound doubled
-    return kl + rec, kl, rec
+    return 2 * (kl + rec), kl, rec


# %% wrong: squared error for cross-entropy & v as deviation, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
-    logits = self.dec(z)
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
+    logits = self.dec(m + v * torch.randn_like(m))
+    rec = ((torch.sigmoid(logits) - x) ** 2).sum(-1).mean()


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


# %% wrong: one noise for several draws, from: closed-form KL and cross-entropy
# one row for the whole batch
-    z = m + torch.sqrt(v) * torch.randn_like(m)
+    z = m + torch.sqrt(v) * torch.randn(m.shape[1])


# %% wrong: one noise for several draws, from: closed-form KL and cross-entropy
# seeded inside
     m, v = self.enc(x)
+    torch.manual_seed(0)


# %% wrong: uniform noise, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
+    z = m + torch.sqrt(v) * torch.rand_like(m)


# %% wrong: v as log variance, from: closed-form KL and cross-entropy
-    z = m + torch.sqrt(v) * torch.randn_like(m)
+    z = m + torch.exp(0.5 * v) * torch.randn_like(m)


# %% wrong: v as log variance, from: closed-form KL and cross-entropy
# in the divergence
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    kl = (-0.5 * (1 + v - m**2 - v.exp())).sum(-1).mean()


# %% wrong: BCELoss on logits, from: closed-form KL and cross-entropy
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
+    rec = F.binary_cross_entropy(logits, x, reduction="none").sum(-1).mean()


# %% wrong: squared error for cross-entropy, from: closed-form KL and cross-entropy
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
+    rec = ((torch.sigmoid(logits) - x) ** 2).sum(-1).mean()


# %% wrong: unstable for large logits, from: closed-form KL and cross-entropy
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
+    r = torch.sigmoid(logits)
+    rec = F.binary_cross_entropy(r, x, reduction="none").sum(-1).mean()


# %% wrong: unstable for large logits, from: closed-form KL and cross-entropy
# an epsilon instead
-    rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1).mean()
+    r = torch.sigmoid(logits)
+    rec = -(x * torch.log(r + 1e-8) + (1 - x) * torch.log(1 - r + 1e-8)).sum(-1).mean()


# %% wrong: the model's mode changed, from: closed-form KL and cross-entropy
# the model left in evaluation mode
     m, v = self.enc(x)
+    self.eval()


# %% wrong: the caller's tensor overwritten, from: closed-form KL and cross-entropy
     m, v = self.enc(x)
+    x.clamp_(1e-6, 1 - 1e-6)


# %% wrong: -, from: closed-form KL and cross-entropy
# no gradient in the divergence
-    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean()
+    kl = (0.5 * (m**2 + v - 1 - torch.log(v))).sum(-1).mean().detach()


# %% right: enc.encode and dec.decode, as models of CS236 have them, from: closed-form KL and cross-entropy
-    m, v = self.enc(x)
+    m, v = self.enc.encode(x) if hasattr(self.enc, "encode") else self.enc(x)

-    logits = self.dec(z)
+    logits = self.dec.decode(z) if hasattr(self.dec, "decode") else self.dec(z)
