# %% right: linspace and cumprod
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% right: with alphas, as in many courses
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T)
    alphas = 1.0 - betas
    alphas_cumprod = torch.cumprod(alphas, 0)
    return betas, alphas_cumprod


# %% right: NumPy in float64, then tensors
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = np.linspace(beta_1, beta_T, T, dtype=np.float64)
    alphas_cumprod = np.cumprod(1.0 - betas, axis=0)
    return torch.from_numpy(betas).float(), torch.from_numpy(alphas_cumprod).float()


# %% right: in float64 to the end
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T, dtype=torch.float64)
    return betas, (1 - betas).cumprod(0)


# %% right: the exponential of a sum of logarithms
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = beta_1 + (beta_T - beta_1) * torch.arange(T) / (T - 1)
    return [betas, torch.exp(torch.log1p(-betas).cumsum(0))]


# %% right: a loop
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas, alpha_bars, left = [], [], 1.0
    for t in range(T):
        beta = beta_1 + t / (T - 1) * (beta_T - beta_1)
        left = left * (1 - beta)
        betas.append(beta)
        alpha_bars.append(left)
    return torch.tensor(betas), torch.tensor(alpha_bars)


# %% right: a class with buffers that holds the schedule
class Schedule(nn.Module):
    def __init__(self, timesteps, start, end):
        super().__init__()
        self.register_buffer("betas", torch.linspace(start, end, timesteps))
        self.register_buffer("alphas", 1 - self.betas)
        self.register_buffer("alpha_bars", torch.cumprod(self.alphas, dim=0))


def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    held = Schedule(T, beta_1, beta_T)
    return held.betas, held.alpha_bars


# %% wrong: an end left out
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = beta_1 + (beta_T - beta_1) * torch.arange(T) / T
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: an end left out
# 1-based time, as in the paper, over T
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    t = torch.arange(1, T + 1)
    betas = beta_1 + (beta_T - beta_1) * t / T
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: an end left out, from: linspace and cumprod
-    betas = torch.linspace(beta_1, beta_T, T)
+    betas = torch.linspace(0, beta_T, T)


# %% wrong: one number too many, from: linspace and cumprod
-    betas = torch.linspace(beta_1, beta_T, T)
+    betas = torch.linspace(beta_1, beta_T, T + 1)


# %% wrong: the roots in equal steps, from: linspace and cumprod
-    betas = torch.linspace(beta_1, beta_T, T)
+    betas = torch.linspace(beta_1**0.5, beta_T**0.5, T) ** 2


# %% wrong: a sum instead of a product, from: linspace and cumprod
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return betas, 1 - torch.cumsum(betas, dim=0)


# %% wrong: a sum instead of a product, from: with alphas, as in many courses
-    alphas_cumprod = torch.cumprod(alphas, 0)
+    alphas_cumprod = torch.cumsum(alphas, 0)


# %% wrong: no product, from: with alphas, as in many courses
-    alphas_cumprod = torch.cumprod(alphas, 0)
-    return betas, alphas_cumprod
+    return betas, alphas


# %% wrong: the noise instead of what is left, from: linspace and cumprod
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return betas, 1 - torch.cumprod(1 - betas, dim=0)


# %% wrong: the noise instead of what is left, from: linspace and cumprod
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return betas, torch.cumprod(betas, dim=0)


# %% wrong: the root of alpha_bar, from: linspace and cumprod
-    return betas, torch.cumprod(1 - betas, dim=0)
+    return betas, torch.sqrt(torch.cumprod(1 - betas, dim=0))


# %% wrong: a step before the first, from: with alphas, as in many courses
-    return betas, alphas_cumprod
+    return betas, F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)


# %% wrong: a step before the first, from: with alphas, as in many courses
-    return betas, alphas_cumprod
+    return betas, torch.cat([torch.ones(1), alphas_cumprod])


# %% wrong: alphas instead of betas, from: with alphas, as in many courses
-    return betas, alphas_cumprod
+    return alphas, alphas_cumprod


# %% wrong: in the other order, from: with alphas, as in many courses
-    return betas, alphas_cumprod
+    return alphas_cumprod, betas


# %% wrong: the ends not used
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(0.0001, 0.02, T)
    return betas, torch.cumprod(1 - betas, dim=0)


# %% wrong: the roots in equal steps & the root of alpha_bar
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1**0.5, beta_T**0.5, T) ** 2
    return betas, torch.cumprod(1 - betas, dim=0) ** 0.5


# %% raised
# the betas alone
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    return torch.linspace(beta_1, beta_T, T)


# %% raised
# three results
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T)
    alphas = 1 - betas
    return betas, alphas, torch.cumprod(alphas, 0)


# %% wrong: -
# the step with the most noise first
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_T, beta_1, T)
    return betas, torch.cumprod(1 - betas, 0)


# %% raised
# NumPy arrays
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = np.linspace(beta_1, beta_T, T)
    return betas, np.cumprod(1 - betas)


# %% wrong: -
# a geometric schedule
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.logspace(math.log10(beta_1), math.log10(beta_T), T)
    return betas, torch.cumprod(1 - betas, 0)


# %% wrong: -
# the same factor at every step
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T)
    return betas, (1 - betas) ** torch.arange(1, T + 1)


# %% raised
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    betas = torch.linspace(beta_1, beta_T, T)
    return betas, torch.cumprod(1 - betas)


# %% not attempted
def linear_schedule(T, beta_1=1e-4, beta_T=0.02):
    # YOUR CODE HERE
    raise NotImplementedError()
