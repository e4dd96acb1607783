"""The whole result as one HTML page that needs nothing from outside itself."""
