# %% right: f at T + 1 places, and its ratios
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% right: as in public notebooks, clipped at 0 as well
def cosine_schedule(T, s=0.008):
    steps = T + 1
    x = torch.linspace(0, T, steps)
    alphas_cumprod = torch.cos(((x / T) + s) / (1 + s) * torch.pi * 0.5) ** 2
    alphas_cumprod = alphas_cumprod / alphas_cumprod[0]
    betas = 1 - (alphas_cumprod[1:] / alphas_cumprod[:-1])
    betas = torch.clip(betas, 0, 0.999)
    return betas, torch.cumprod(1.0 - betas, dim=0)


# %% right: clipped at 0.9999
def cosine_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((x / T + s) / (1 + s) * math.pi * 0.5) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(0, 0.9999).float()
    return betas, torch.cumprod(1 - betas, 0)


# %% right: a function of continuous time and a loop
def cosine_schedule(T, s=0.008):
    def alpha_bar(t):
        return math.cos((t + s) / (1 + s) * math.pi / 2) ** 2

    betas = []
    for i in range(T):
        t1 = i / T
        t2 = (i + 1) / T
        betas.append(min(1 - alpha_bar(t2) / alpha_bar(t1), 0.999))
    betas = torch.tensor(betas)
    return betas, (1 - betas).cumprod(0)


# %% right: NumPy, then tensors
def cosine_schedule(T, s=0.008):
    x = np.linspace(0, T, T + 1)
    f = np.cos(((x / T) + s) / (1 + s) * np.pi * 0.5) ** 2
    betas = np.clip(1 - f[1:] / f[:-1], None, 0.999)
    alphas_cumprod = np.cumprod(1 - betas)
    return torch.tensor(betas, dtype=torch.float32), torch.tensor(alphas_cumprod).float()


# %% right: half angles
def cosine_schedule(T, s=0.008):
    theta = (torch.arange(T + 1, dtype=torch.float64) / T + s) / (1 + s) * math.pi
    f = (1 + torch.cos(theta)) / 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return betas.float(), torch.exp(torch.log1p(-betas).cumsum(0)).float()


# %% wrong: no clip, from: f at T + 1 places, and its ratios
-    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
+    betas = 1 - f[1:] / f[:-1]


# %% wrong: no clip, from: as in public notebooks, clipped at 0 as well
-    betas = torch.clip(betas, 0, 0.999)
-    return betas, torch.cumprod(1.0 - betas, dim=0)
+    return betas, alphas_cumprod[1:]


# %% wrong: alpha_bars from before the clip, from: as in public notebooks, clipped at 0 as well
-    return betas, torch.cumprod(1.0 - betas, dim=0)
+    return betas, alphas_cumprod[1:]


# %% wrong: clipped from below, too, from: as in public notebooks, clipped at 0 as well
-    betas = torch.clip(betas, 0, 0.999)
+    betas = torch.clip(betas, 0.0001, 0.9999)


# %% wrong: the cosine not squared, from: f at T + 1 places, and its ratios
-    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
+    f = torch.cos((steps + s) / (1 + s) * math.pi / 2)


# %% wrong: the whole half wave, from: f at T + 1 places, and its ratios
-    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
+    f = torch.cos((steps + s) / (1 + s) * math.pi) ** 2


# %% wrong: not divided by 1 + s, from: f at T + 1 places, and its ratios
-    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
+    f = torch.cos((steps + s) * math.pi / 2) ** 2


# %% wrong: s not used, from: f at T + 1 places, and its ratios
-    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
+    f = torch.cos((steps + 0.008) / 1.008 * math.pi / 2) ** 2


# %% wrong: s not used, from: f at T + 1 places, and its ratios
-    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
+    f = torch.cos(steps * math.pi / 2) ** 2


# %% wrong: T steps instead of T + 1 places, from: f at T + 1 places, and its ratios
-    steps = torch.arange(T + 1) / T
+    steps = torch.arange(T + 1) / (T + 1)


# %% wrong: T steps instead of T + 1 places
# 1-based time
def cosine_schedule(T, s=0.008):
    steps = torch.arange(1, T + 2) / (T + 1)
    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: the root of alpha_bar, from: f at T + 1 places, and its ratios
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return betas, torch.cumprod(torch.sqrt(1 - betas), dim=0)


# %% wrong: a step before the first, from: f at T + 1 places, and its ratios
-    return betas, torch.cumprod(1 - betas, dim=0)
+    alpha_bars = torch.cumprod(1 - betas, dim=0)
+    return betas, torch.cat([torch.ones(1), alpha_bars[:-1]])


# %% wrong: in the other order, from: f at T + 1 places, and its ratios
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return torch.cumprod(1 - betas, dim=0), betas


# %% wrong: the cosine not squared & a step before the first
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = torch.cos((steps + s) / (1 + s) * math.pi / 2)
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cat([torch.ones(1), torch.cumprod(1 - betas, dim=0)[:-1]])


# %% wrong: -
# a sine
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = torch.sin((steps + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: -
# degrees
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = torch.cos((steps + s) / (1 + s) * 90) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: -
# a beta too many
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 2) / T
    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% raised
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = math.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
    betas = torch.clamp(1 - f[1:] / f[:-1], max=0.999)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% raised
# the betas alone
def cosine_schedule(T, s=0.008):
    steps = torch.arange(T + 1) / T
    f = torch.cos((steps + s) / (1 + s) * math.pi / 2) ** 2
    return torch.clamp(1 - f[1:] / f[:-1], max=0.999)


# %% not attempted
def cosine_schedule(T, s=0.008):
    # YOUR CODE HERE
    raise NotImplementedError()
