"""What an answer draws itself does not depend on what ran before it."""

import random

import numpy as np
import torch


def seed_every_generator(seed: int) -> None:
    # Not torch.manual_seed(), which takes long for devices that are not here.
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
