"""The report page: everything that a run found out, in one HTML file that needs nothing from outside itself."""
