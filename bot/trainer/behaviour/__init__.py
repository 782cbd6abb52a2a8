"""Behavioural tests of the classifier, made from the examples: what must not change what is
understood, and what must (Ribeiro et al. 2020, "Beyond Accuracy", CheckList).
"""
