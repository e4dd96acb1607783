"""The models: one file each, the capsule layers, the interface that they share, a registry.

Comes in: a batch of clips and landmarks. Goes out: class scores and losses.
May be imported by: training and every later room; models know nothing of training.
"""
