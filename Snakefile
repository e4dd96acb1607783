"""Videos in, the paper's tables and figures out. Run: snakemake --cores all --resources gpu=1"""


include: "workflow/Snakefile"
