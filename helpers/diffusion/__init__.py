"""What diffusion-mnist gives around a student's own functions: U-Net, training, drawing."""

from helpers.diffusion.network import CLASSES, NULL, OfClasses, UNet, noise_mix, velocity_mix
from helpers.diffusion.sampling import as_pictures, denoised, noises, times, transported
from helpers.diffusion.training import Run, steps_here, train

__all__ = [
    "CLASSES",
    "NULL",
    "OfClasses",
    "Run",
    "UNet",
    "as_pictures",
    "denoised",
    "noise_mix",
    "noises",
    "steps_here",
    "times",
    "train",
    "transported",
    "velocity_mix",
]
