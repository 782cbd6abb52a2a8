"""What Svara adds to Rasa."""

from bot.openblas import choose_kernels

choose_kernels()  # here, as NumPy reads it when it is loaded, and modules of ours load NumPy
