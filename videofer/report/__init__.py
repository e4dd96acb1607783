"""Metrics become tables, figures and one page; the audit of the paper.

Comes in: metrics, explanations, the paper's printed figures. Goes out: files for readers.
May be imported by: predict.
"""
