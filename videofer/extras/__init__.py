"""What the extras found: each arm compared with the main study, as tables and figures."""
