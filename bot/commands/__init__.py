"""The commands of `svara`, a module each."""
