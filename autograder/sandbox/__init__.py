"""Student code in a process that can reach nothing: isolation, warm kernels, the wire."""
