# %% right: cosines, then sines
def timestep_embedding(t, dim, max_period=10_000):
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
    args = t[:, None].float() * freqs[None]
    embedding = torch.cat([torch.cos(args), torch.sin(args)], dim=-1)
    if dim % 2:
        embedding = torch.cat([embedding, torch.zeros_like(embedding[:, :1])], dim=-1)
    return embedding


# %% right: down to 1 / max_period, sines first
def timestep_embedding(t, dim, max_period=10_000):
    half_dim = dim // 2
    emb = math.log(max_period) / (half_dim - 1)
    emb = torch.exp(torch.arange(half_dim, dtype=torch.float32, device=t.device) * -emb)
    emb = t.float()[:, None] * emb[None, :]
    emb = torch.cat([torch.sin(emb), torch.cos(emb)], dim=1)
    if dim % 2 == 1:
        emb = F.pad(emb, (0, 1))
    return emb


# %% right: interleaved
def timestep_embedding(t, dim, max_period=10_000):
    pe = torch.zeros(len(t), dim, device=t.device)
    i = torch.arange(0, dim - 1, 2, device=t.device)
    angle = t.unsqueeze(1) / max_period ** (i / (dim - dim % 2))
    pe[:, 0 : dim - dim % 2 : 2] = torch.sin(angle)
    pe[:, 1::2] = torch.cos(angle)
    return pe


# %% right: a loop
def timestep_embedding(t, dim, max_period=10_000):
    columns = []
    for i in range(dim // 2):
        f = max_period ** (-i / (dim // 2))
        columns += [torch.cos(f * t), torch.sin(f * t)]
    if dim % 2:
        columns.append(0.0 * t)
    return torch.stack(columns, dim=1)


# %% right: a module
class SinusoidalPosEmb(nn.Module):
    def __init__(self, dim, theta=10000):
        super().__init__()
        self.dim = dim
        self.theta = theta

    def forward(self, x):
        device = x.device
        half_dim = self.dim // 2
        emb = math.log(self.theta) / (half_dim - 1)
        emb = torch.exp(torch.arange(half_dim, device=device) * -emb)
        emb = x[:, None] * emb[None, :]
        emb = torch.cat((emb.sin(), emb.cos()), dim=-1)
        return emb


def timestep_embedding(t, dim, max_period=10_000):
    emb = SinusoidalPosEmb(dim, max_period)(t)
    return F.pad(emb, (0, dim - emb.shape[1]))


# %% right: NumPy
def timestep_embedding(t, dim, max_period=10_000):
    half = dim // 2
    inv = 1.0 / (max_period ** (np.arange(half) / half))
    angles = np.outer(t.numpy(), inv)
    out = np.zeros((len(t), dim), dtype=np.float32)
    out[:, :half] = np.sin(angles)
    out[:, half : 2 * half] = np.cos(angles)
    return torch.from_numpy(out)


# %% right: logspace and flattened pairs
def timestep_embedding(t, dim, max_period=10_000):
    half = dim // 2
    w = torch.logspace(0, -math.log10(max_period) * (half - 1) / half, half)
    a = torch.outer(t.to(w), w)
    pairs = torch.stack([a.sin(), a.cos()], dim=-1).flatten(1)
    return F.pad(pairs, (0, dim % 2))


# %% right: the complex exponential
def timestep_embedding(t, dim, max_period=10_000):
    h = dim // 2
    z = torch.exp(1j * t.double()[:, None] * max_period ** (-torch.arange(h).double() / h))
    table = torch.cat([z.real, z.imag], 1).float()
    return torch.cat([table, torch.zeros(len(t), dim % 2)], 1)


# %% right: cosines as shifted sines
def timestep_embedding(t, dim, max_period=10_000):
    h = dim // 2
    a = t.double()[:, None] * torch.exp(-np.log(max_period) * torch.arange(h).double() / h)
    return F.pad(torch.sin(torch.cat([a, a + math.pi / 2], 1)), (0, dim % 2)).float()


# %% wrong: sines alone, from: cosines, then sines
-    embedding = torch.cat([torch.cos(args), torch.sin(args)], dim=-1)
+    embedding = torch.sin(args)


# %% wrong: sines alone, from: cosines, then sines
# twice
-    embedding = torch.cat([torch.cos(args), torch.sin(args)], dim=-1)
+    embedding = torch.cat([torch.sin(args), torch.sin(args)], dim=-1)


# %% wrong: sines alone, from: down to 1 / max_period, sines first
# cosines alone, of as many frequencies as there are columns
-    half_dim = dim // 2
+    half_dim = dim

-    emb = torch.cat([torch.sin(emb), torch.cos(emb)], dim=1)
-    if dim % 2 == 1:
-        emb = F.pad(emb, (0, 1))
-    return emb
+    return torch.cos(emb)


# %% wrong: twice as many columns, from: cosines, then sines
-    half = dim // 2
+    half = dim


# %% wrong: sine and cosine of different frequencies
def timestep_embedding(t, dim, max_period=10_000):
    pe = torch.zeros(len(t), dim)
    for i in range(dim):
        angle = t / max_period ** (i / dim)
        pe[:, i] = torch.sin(angle) if i % 2 == 0 else torch.cos(angle)
    return pe


# %% wrong: another exponent, from: interleaved
# twice the even number
-    angle = t.unsqueeze(1) / max_period ** (i / (dim - dim % 2))
+    angle = t.unsqueeze(1) / max_period ** (2 * i / (dim - dim % 2))


# %% wrong: another exponent, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / dim)


# %% wrong: another exponent, from: cosines, then sines
# from 1 on
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(-math.log(max_period) * torch.arange(1, half + 1) / half)


# %% wrong: the frequencies grow, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(math.log(max_period) * torch.arange(half, device=t.device) / half)


# %% wrong: another base, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(-math.log10(max_period) * torch.arange(half, device=t.device) / half)


# %% wrong: another base, from: cosines, then sines
# none at all
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(-torch.arange(half) / half)


# %% wrong: another base, from: cosines, then sines
-    half = dim // 2
+    half, max_period = dim // 2, 1000


# %% wrong: frequencies in equal steps, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.linspace(1, 1 / max_period, half)


# %% wrong: frequencies in equal steps, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.arange(1, half + 1)


# %% wrong: a factor of 2 pi, from: cosines, then sines
-    args = t[:, None].float() * freqs[None]
+    args = 2 * math.pi * t[:, None].float() * freqs[None]


# %% wrong: the time divided, from: cosines, then sines
-    args = t[:, None].float() * freqs[None]
+    args = t[:, None].float() / 1000 * freqs[None]


# %% wrong: the time multiplied, from: down to 1 / max_period, sines first
-    emb = t.float()[:, None] * emb[None, :]
+    emb = 1000 * t.float()[:, None] * emb[None, :]


# %% wrong: times counted from 1, from: cosines, then sines
-    args = t[:, None].float() * freqs[None]
+    args = (t[:, None].float() + 1) * freqs[None]


# %% wrong: no wave at all, from: cosines, then sines
-    embedding = torch.cat([torch.cos(args), torch.sin(args)], dim=-1)
+    embedding = torch.cat([args, args], dim=-1)


# %% wrong: -, from: a loop
# columns for rows
-    return torch.stack(columns, dim=1)
+    return torch.stack(columns)


# %% wrong: max_period not used, from: cosines, then sines
-    freqs = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
+    freqs = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)


# %% wrong: max_period not used, from: down to 1 / max_period, sines first
-    emb = math.log(max_period) / (half_dim - 1)
+    emb = math.log(10_000) / (half_dim - 1)


# %% wrong: whole times alone, from: cosines, then sines
-    args = t[:, None].float() * freqs[None]
+    args = t[:, None].long() * freqs[None]


# %% wrong: whole times alone
# a table of whole times
def timestep_embedding(t, dim, max_period=10_000):
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(half) / half)
    angles = torch.arange(1000)[:, None] * freqs
    table = F.pad(torch.cat([angles.sin(), angles.cos()], 1), (0, dim % 2))
    return table[t]


# %% wrong: a column missing for odd dim, from: cosines, then sines
-    if dim % 2:
-        embedding = torch.cat([embedding, torch.zeros_like(embedding[:, :1])], dim=-1)


# %% wrong: a column missing for odd dim
# raises
def timestep_embedding(t, dim, max_period=10_000):
    pe = torch.zeros(len(t), dim)
    div = torch.exp(torch.arange(0, dim, 2) * (-math.log(max_period) / dim))
    pe[:, 0::2] = torch.sin(t[:, None] * div)
    pe[:, 1::2] = torch.cos(t[:, None] * div)
    return pe


# %% wrong: a column missing for odd dim
# another sine in its place
def timestep_embedding(t, dim, max_period=10_000):
    pe = torch.zeros(len(t), dim)
    div = torch.exp(torch.arange(0, dim, 2) * (-math.log(max_period) / dim))
    pe[:, 0::2] = torch.sin(t[:, None] * div)
    pe[:, 1::2] = torch.cos(t[:, None] * div)[:, : dim // 2]
    return pe


# %% wrong: -
# sine times cosine
def timestep_embedding(t, dim, max_period=10_000):
    freqs = torch.exp(-math.log(max_period) * torch.arange(dim) / dim)
    args = t[:, None] * freqs
    return torch.sin(args) * torch.cos(args)


# %% wrong: -
# powers of the time
def timestep_embedding(t, dim, max_period=10_000):
    return (t[:, None] / max_period) ** torch.arange(dim)


# %% wrong: -
# random features
def timestep_embedding(t, dim, max_period=10_000):
    w = torch.randn(dim // 2)
    a = t[:, None] * w
    return F.pad(torch.cat([a.sin(), a.cos()], 1), (0, dim % 2))


# %% raised
def timestep_embedding(t, dim, max_period=10_000):
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(half) / half)
    args = t * freqs
    return torch.cat([torch.cos(args), torch.sin(args)], dim=-1)


# %% not attempted
def timestep_embedding(t, dim, max_period=10_000):
    # YOUR CODE HERE
    raise NotImplementedError()
