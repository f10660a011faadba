"""Proof that the hidden tests catch wrong work and accept right work: `chainrule verify`."""
