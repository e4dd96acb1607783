"""Videos in, the paper's tables and figures out. Run: snakemake --cores all --resources gpu=1"""


include: "workflow/Snakefile"


localrules:
    default,


# An included file does not set the target of a plain `snakemake`.
rule default:
    default_target: True
    input:
        rules.all.input,
