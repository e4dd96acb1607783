"""The figures of the report: each as SVG, PDF and PNG with reproducible bytes.

A figure is a module here with one function from files to a matplotlib Figure, a rule with its script and caption,
and a line in workflow/report/sections.yaml.
"""
