"""Which printed claims of the paper can be true: each claim with its computation, from workflow/reference/."""
