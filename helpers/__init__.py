"""What a notebook of the course imports: data, plots, progress, visible checks, measures.

Import the modules that a notebook needs (``from helpers import data, plotting``); importing the
package itself loads nothing heavy. Only packages that Colab ships are used.
"""

__version__ = "0.1.0"
