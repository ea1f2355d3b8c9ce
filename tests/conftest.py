"""What every test shares."""

import torch

# Tests run side by side, on machines with few cores.
torch.set_num_threads(1)
