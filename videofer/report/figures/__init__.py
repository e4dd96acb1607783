"""The figures of the report: each as SVG, PDF and PNG with reproducible bytes.

A figure is a function from files to a matplotlib Figure in a module here, a rule with its script and caption,
and a line in workflow/report/sections.yaml.
"""
