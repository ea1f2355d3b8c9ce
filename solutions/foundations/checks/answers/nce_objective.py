# %% right: logsigmoid
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data - log_z - log_noise_data
    g_noise = -energy_noise - log_z - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% right: binary cross-entropy, negated
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -(energy_data + log_z) - log_noise_data
    g_noise = -(energy_noise + log_z) - log_noise_noise
    real = F.binary_cross_entropy_with_logits(g_data, torch.ones_like(g_data))
    fake = F.binary_cross_entropy_with_logits(g_noise, torch.zeros_like(g_noise))
    return -(real + fake)


# %% right: softplus
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    def logit(energy, log_noise):
        return -energy - log_z - log_noise

    first = F.softplus(-logit(energy_data, log_noise_data))
    second = F.softplus(logit(energy_noise, log_noise_noise))
    return -torch.mean(first) - torch.mean(second)


# %% right: logaddexp of the two densities
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    model_data, model_noise = -energy_data - log_z, -energy_noise - log_z
    data = model_data - torch.logaddexp(model_data, log_noise_data)
    noise = log_noise_noise - torch.logaddexp(model_noise, log_noise_noise)
    return data.mean() + noise.mean()


# %% right: one cross-entropy over both, doubled
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    energies = torch.cat([energy_data, energy_noise])
    logits = -energies - log_z - torch.cat([log_noise_data, log_noise_noise])
    labels = torch.cat([torch.ones_like(energy_data), torch.zeros_like(energy_noise)])
    return -2 * F.binary_cross_entropy_with_logits(logits, labels)


# %% wrong: the sign of the energy
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = energy_data - log_z - log_noise_data
    g_noise = energy_noise - log_z - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: log Z added
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data + log_z - log_noise_data
    g_noise = -energy_noise + log_z - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: log Z left out or changed
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data - log_noise_data
    g_noise = -energy_noise - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: the noise's density added or left out
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data - log_z + log_noise_data
    g_noise = -energy_noise - log_z + log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: the noise's density added or left out
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    real = F.logsigmoid(-energy_data - log_z)
    fake = F.logsigmoid(energy_noise + log_z)
    return real.mean() + fake.mean()


# %% wrong: log Z left out or changed
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data - torch.log(log_z) - log_noise_data
    g_noise = -energy_noise - torch.log(log_z) - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: negated, from: logsigmoid
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return F.softplus(-g_data).mean() + F.softplus(g_noise).mean()


# %% wrong: data and noise swapped, from: logsigmoid
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return F.logsigmoid(-g_data).mean() + F.logsigmoid(g_noise).mean()


# %% wrong: averaged or summed, from: logsigmoid
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return torch.cat([F.logsigmoid(g_data), F.logsigmoid(-g_noise)]).mean()


# %% wrong: averaged or summed, from: logsigmoid
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return F.logsigmoid(g_data).sum() + F.logsigmoid(-g_noise).sum()


# %% wrong: one half wrong or missing, from: logsigmoid
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return F.logsigmoid(g_data).mean() + F.logsigmoid(g_noise).mean()


# %% wrong: one half wrong or missing
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    return F.logsigmoid(-energy_data - log_z - log_noise_data).mean()


# %% wrong: -, from: logsigmoid
# the log likelihood alone
-    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()
+    return g_data.mean() - g_noise.mean()


# %% wrong: probabilities without their logarithm
# sigmoids without their logarithm
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    p_data = torch.sigmoid(-energy_data - log_z - log_noise_data)
    p_noise = torch.sigmoid(-energy_noise - log_z - log_noise_noise)
    return p_data.mean() + (1 - p_noise).mean()


# %% wrong: unstable for large logits
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    p_data = torch.sigmoid(-energy_data - log_z - log_noise_data)
    p_noise = torch.sigmoid(-energy_noise - log_z - log_noise_noise)
    return torch.log(p_data).mean() + torch.log(1 - p_noise).mean()


# %% wrong: unstable for large logits
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    model_data = torch.exp(-energy_data) / torch.exp(log_z)
    model_noise = torch.exp(-energy_noise) / torch.exp(log_z)
    noise_data, noise_noise = torch.exp(log_noise_data), torch.exp(log_noise_noise)
    first = torch.log(model_data / (model_data + noise_data)).mean()
    second = torch.log(noise_noise / (model_noise + noise_noise)).mean()
    return first + second


# %% wrong: the caller's tensor overwritten
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    log_noise_data += energy_data + log_z
    log_noise_noise += energy_noise + log_z
    return F.logsigmoid(-log_noise_data).mean() + F.logsigmoid(log_noise_noise).mean()


# %% wrong: the gradient is cut
# no gradient reaches log Z
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    z = log_z.item()
    g_data = -energy_data - z - log_noise_data
    g_noise = -energy_noise - z - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: -
# both log Z added and the energy with the wrong sign
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = energy_data + log_z - log_noise_data
    g_noise = energy_noise + log_z - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% wrong: -
# squared errors
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    p_data = torch.sigmoid(-energy_data - log_z - log_noise_data)
    p_noise = torch.sigmoid(-energy_noise - log_z - log_noise_noise)
    return -((1 - p_data) ** 2).mean() - (p_noise**2).mean()


# %% wrong: the sign of the energy & the noise's density added or left out, from: logsigmoid
# one in each half
-    g_data = -energy_data - log_z - log_noise_data
-    g_noise = -energy_noise - log_z - log_noise_noise
+    g_data = energy_data - log_z - log_noise_data
+    g_noise = -energy_noise - log_z


# %% raised
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    g_data = -energy_data - math.log(z) - log_noise_data
    g_noise = -energy_noise - math.log(z) - log_noise_noise
    return F.logsigmoid(g_data).mean() + F.logsigmoid(-g_noise).mean()


# %% not attempted
def nce_objective(energy_data, log_noise_data, energy_noise, log_noise_noise, log_z):
    # YOUR CODE HERE
    raise NotImplementedError()
