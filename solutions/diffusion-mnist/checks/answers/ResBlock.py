# %% right: layer by layer
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time = nn.Linear(time_channels, out_channels)
        self.norm2 = nn.GroupNorm(8, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        if in_channels == out_channels:
            self.skip = nn.Identity()
        else:
            self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x, emb):
        h = F.silu(self.norm1(x))
        h = self.conv1(h)
        h = h + self.time(F.silu(emb))[:, :, None, None]
        h = F.silu(self.norm2(h))
        h = self.conv2(h)
        return self.skip(x) + h


# %% right: in Sequentials, as guided diffusion writes it
class ResBlock(nn.Module):
    def __init__(self, channels, out_channels, emb_channels):
        super().__init__()
        self.in_layers = nn.Sequential(
            nn.GroupNorm(8, channels),
            nn.SiLU(),
            nn.Conv2d(channels, out_channels, 3, padding=1),
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, out_channels))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(8, out_channels),
            nn.SiLU(),
            zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1)),
        )
        if out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        emb_out = self.emb_layers(emb).type(h.dtype)
        while len(emb_out.shape) < len(h.shape):
            emb_out = emb_out[..., None]
        h = h + emb_out
        h = self.out_layers(h)
        return self.skip_connection(x) + h


def zero_module(module):
    for p in module.parameters():
        p.detach().zero_()
    return module


# %% right: the layers made in another order
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.shortcut = nn.Conv2d(in_channels, out_channels, kernel_size=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding="same")
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding="same")
        self.norm2 = nn.GroupNorm(num_groups=8, num_channels=out_channels)
        self.norm1 = nn.GroupNorm(num_groups=8, num_channels=in_channels)
        self.time_emb = nn.Linear(time_channels, out_channels)
        self.act = nn.SiLU()
        if in_channels == out_channels:
            self.shortcut = None

    def forward(self, x, t):
        h = self.conv1(self.act(self.norm1(x)))
        h += self.time_emb(self.act(t)).unsqueeze(-1).unsqueeze(-1)
        h = self.conv2(self.act(self.norm2(h)))
        return h + (x if self.shortcut is None else self.shortcut(x))


# %% right: a block of blocks
class Block(nn.Module):
    def __init__(self, dim, dim_out):
        super().__init__()
        self.norm = nn.GroupNorm(8, dim, eps=1e-6)
        self.proj = nn.Conv2d(dim, dim_out, 3, padding=1)

    def forward(self, x):
        x = self.norm(x)
        return self.proj(x * torch.sigmoid(x))


class ResBlock(nn.Module):
    def __init__(self, dim, dim_out, time_emb_dim):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out))
        self.block1 = Block(dim, dim_out)
        self.block2 = Block(dim_out, dim_out)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, emb):
        h = self.block1(x)
        b, c = len(x), h.shape[1]
        h = self.mlp(emb).view(b, c, 1, 1) + h
        return self.res_conv(x) + self.block2(h)


# %% right: only the second convolution made first
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.out = nn.Conv2d(out_channels, out_channels, (3, 3), stride=1, padding=(1, 1))
        self.a = nn.Sequential(
            nn.GroupNorm(8, in_channels),
            nn.SiLU(inplace=True),
            nn.Conv2d(in_channels, out_channels, (3, 3), stride=1, padding=(1, 1)),
        )
        self.b = nn.Sequential(nn.GroupNorm(8, out_channels), nn.SiLU(inplace=True))
        self.t = nn.Linear(time_channels, out_channels)
        self.same = in_channels == out_channels
        if not self.same:
            self.one = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.a(x) + self.t(F.silu(emb)).reshape(len(emb), -1, 1, 1)
        h = self.out(self.b(h))
        return h + x if self.same else h + self.one(x)


# %% right: dropout of 0, as in the paper's code for small images
class ResBlock(nn.Module):
    def __init__(self, in_ch, out_ch, tdim, dropout=0.0):
        super().__init__()
        self.block1 = nn.Sequential(
            nn.GroupNorm(8, in_ch), nn.SiLU(), nn.Conv2d(in_ch, out_ch, 3, stride=1, padding=1)
        )
        self.temb_proj = nn.Sequential(nn.SiLU(), nn.Linear(tdim, out_ch))
        self.block2 = nn.Sequential(
            nn.GroupNorm(8, out_ch),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Conv2d(out_ch, out_ch, 3, stride=1, padding=1),
        )
        self.shortcut = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x, temb):
        h = self.block1(x)
        h += self.temb_proj(temb)[:, :, None, None]
        h = self.block2(h)
        return h + self.shortcut(x)


# %% wrong: the time ignored, from: layer by layer
-        h = h + self.time(F.silu(emb))[:, :, None, None]


# %% wrong: the time ignored, from: layer by layer
# without its layer
-        self.time = nn.Linear(time_channels, out_channels)

-        h = h + self.time(F.silu(emb))[:, :, None, None]


# %% wrong: the time added elsewhere, from: layer by layer
-        self.time = nn.Linear(time_channels, out_channels)
+        self.time = nn.Linear(time_channels, in_channels)

-        h = F.silu(self.norm1(x))
+        h = F.silu(self.norm1(x + self.time(F.silu(emb))[:, :, None, None]))

-        h = h + self.time(F.silu(emb))[:, :, None, None]


# %% wrong: the time added elsewhere, from: layer by layer
# behind the norm
-        h = h + self.time(F.silu(emb))[:, :, None, None]
-        h = F.silu(self.norm2(h))
+        h = self.norm2(h) + self.time(F.silu(emb))[:, :, None, None]
+        h = F.silu(h)


# %% wrong: the time added elsewhere, from: layer by layer
# at the end
-        h = h + self.time(F.silu(emb))[:, :, None, None]

-        return self.skip(x) + h
+        return self.skip(x) + h + self.time(F.silu(emb))[:, :, None, None]


# %% wrong: the time as scale and shift, from: layer by layer
-        self.time = nn.Linear(time_channels, out_channels)
+        self.time = nn.Linear(time_channels, 2 * out_channels)

-        h = h + self.time(F.silu(emb))[:, :, None, None]
-        h = F.silu(self.norm2(h))
+        scale, shift = self.time(F.silu(emb))[:, :, None, None].chunk(2, dim=1)
+        h = F.silu(self.norm2(h) * (1 + scale) + shift)


# %% wrong: the skip missing, from: layer by layer
-        if in_channels == out_channels:
-            self.skip = nn.Identity()
-        else:
-            self.skip = nn.Conv2d(in_channels, out_channels, 1)

-        return self.skip(x) + h
+        return h


# %% wrong: the skip missing, from: layer by layer
# where the channels differ
-        if in_channels == out_channels:
-            self.skip = nn.Identity()
-        else:
-            self.skip = nn.Conv2d(in_channels, out_channels, 1)

-        return self.skip(x) + h
+        return x + h if x.shape == h.shape else h


# %% wrong: a convolution in every skip, from: layer by layer
-        if in_channels == out_channels:
-            self.skip = nn.Identity()
-        else:
-            self.skip = nn.Conv2d(in_channels, out_channels, 1)
+        self.skip = nn.Conv2d(in_channels, out_channels, 1)


# %% wrong: another skip, from: layer by layer
# divided
-        return self.skip(x) + h
+        return (self.skip(x) + h) / math.sqrt(2)


# %% wrong: another skip, from: layer by layer
# of the normalised input
-        h = F.silu(self.norm1(x))
+        x = self.norm1(x)
+        h = F.silu(x)


# %% wrong: an activation missing, from: layer by layer
-        h = h + self.time(F.silu(emb))[:, :, None, None]
+        h = h + self.time(emb)[:, :, None, None]


# %% wrong: an activation missing, from: layer by layer
# the first
-        h = F.silu(self.norm1(x))
+        h = self.norm1(x)


# %% wrong: an activation missing, from: layer by layer
# both of the maps
-        h = F.silu(self.norm1(x))
+        h = self.norm1(x)

-        h = F.silu(self.norm2(h))
+        h = self.norm2(h)


# %% wrong: an activation other than SiLU, from: layer by layer
-        h = F.silu(self.norm1(x))
+        h = F.relu(self.norm1(x))

-        h = F.silu(self.norm2(h))
+        h = F.relu(self.norm2(h))


# %% wrong: an activation other than SiLU, from: layer by layer
# in all places
-        h = F.silu(self.norm1(x))
+        h = F.gelu(self.norm1(x))

-        h = h + self.time(F.silu(emb))[:, :, None, None]
-        h = F.silu(self.norm2(h))
+        h = h + self.time(F.gelu(emb))[:, :, None, None]
+        h = F.gelu(self.norm2(h))


# %% wrong: an activation after the sum, from: layer by layer
-        return self.skip(x) + h
+        return F.silu(self.skip(x) + h)


# %% wrong: a norm missing, from: layer by layer
-        self.norm2 = nn.GroupNorm(8, out_channels)

-        h = F.silu(self.norm2(h))
+        h = F.silu(h)


# %% wrong: a norm missing, from: layer by layer
# both
-        self.norm1 = nn.GroupNorm(8, in_channels)

-        self.norm2 = nn.GroupNorm(8, out_channels)

-        h = F.silu(self.norm1(x))
+        h = F.silu(x)

-        h = F.silu(self.norm2(h))
+        h = F.silu(h)


# %% wrong: batch normalisation, from: layer by layer
-        self.norm1 = nn.GroupNorm(8, in_channels)
+        self.norm1 = nn.BatchNorm2d(in_channels)

-        self.norm2 = nn.GroupNorm(8, out_channels)
+        self.norm2 = nn.BatchNorm2d(out_channels)


# %% wrong: another number of groups, from: layer by layer
-        self.norm1 = nn.GroupNorm(8, in_channels)
+        self.norm1 = nn.GroupNorm(4, in_channels)

-        self.norm2 = nn.GroupNorm(8, out_channels)
+        self.norm2 = nn.GroupNorm(4, out_channels)


# %% wrong: another number of groups, from: layer by layer
# one, a layer norm of each image
-        self.norm1 = nn.GroupNorm(8, in_channels)
+        self.norm1 = nn.GroupNorm(1, in_channels)

-        self.norm2 = nn.GroupNorm(8, out_channels)
+        self.norm2 = nn.GroupNorm(1, out_channels)


# %% wrong: convolution, norm, activation
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm1 = nn.GroupNorm(8, out_channels)
        self.time = nn.Linear(time_channels, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, out_channels)
        self.skip = nn.Identity()
        if in_channels != out_channels:
            self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x, emb):
        h = F.silu(self.norm1(self.conv1(x)))
        h = h + self.time(F.silu(emb))[:, :, None, None]
        h = F.silu(self.norm2(self.conv2(h)))
        return self.skip(x) + h


# %% wrong: a Dropout added, from: layer by layer
-        h = self.conv2(h)
+        h = self.conv2(F.dropout(h, 0.1, self.training))


# %% wrong: kernels of another size, from: layer by layer
-        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
+        self.conv1 = nn.Conv2d(in_channels, out_channels, 5, padding=2)

-        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
+        self.conv2 = nn.Conv2d(out_channels, out_channels, 5, padding=2)


# %% wrong: no bias, from: layer by layer
-        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
+        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)

-        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
+        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)

-            self.skip = nn.Conv2d(in_channels, out_channels, 1)
+            self.skip = nn.Conv2d(in_channels, out_channels, 1, bias=False)


# %% wrong: the caller's tensor overwritten, from: layer by layer
-        h = h + self.time(F.silu(emb))[:, :, None, None]
+        h = h + self.time(F.silu(emb, inplace=True))[:, :, None, None]


# %% wrong: an activation missing & the skip missing, from: layer by layer
-        if in_channels == out_channels:
-            self.skip = nn.Identity()
-        else:
-            self.skip = nn.Conv2d(in_channels, out_channels, 1)

-        h = h + self.time(F.silu(emb))[:, :, None, None]
+        h = h + self.time(emb)[:, :, None, None]

-        return self.skip(x) + h
+        return h


# %% wrong: -, from: layer by layer
# smaller maps
-        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
+        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, stride=2)

-        return self.skip(x) + h
+        return h


# %% wrong: -, from: layer by layer
# one norm for both
-        h = F.silu(self.norm1(x))
-        h = self.conv1(h)
+        h = self.conv1(F.silu(x))

-        h = self.conv2(h)
-        return self.skip(x) + h
+        h = self.norm2(self.conv2(h))
+        return self.skip(x) + h


# %% wrong: -, from: layer by layer
# the convolution of the skip is 3 x 3
-            self.skip = nn.Conv2d(in_channels, out_channels, 1)
+            self.skip = nn.Conv2d(in_channels, out_channels, 3, padding=1)


# %% raised
# the time is not given its place
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time = nn.Linear(time_channels, out_channels)
        self.norm2 = nn.GroupNorm(8, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(emb))
        return x + self.conv2(F.silu(self.norm2(h)))


# %% raised
# more groups than channels
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time = nn.Linear(time_channels, out_channels)
        self.norm2 = nn.GroupNorm(32, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(emb))[:, :, None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(h)))


# %% not attempted
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x, emb):
        # YOUR CODE HERE
        raise NotImplementedError()
