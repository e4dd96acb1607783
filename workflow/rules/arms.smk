# Arms: the study again with one thing changed, as far as `extras` in the config asks for it. An arm makes anew only
# what the change reaches and shares all else with the main study.


use rule detect_faces as detect_faces_arm with:
    output:
        f"{ARM}/faces/{{clip}}.safetensors",
    log:
        f"{ARM_LOG}/detect_faces/{{clip}}.log",
    params:
        faces=lookup("faces", within=config),
        track=changed("readings", "clips", "track"),
        stated=lambda w: {name: getattr(CLIPS[w.clip], name) for name in ("face_x", "rotation")},
        code=code("detect_faces"),


use rule select_peak as select_peak_arm with:
    input:
        frames="results/{dataset}/frames/{clip}.safetensors",
        faces=made("faces", "faces/{clip}.safetensors"),
    output:
        f"{ARM}/clips/{{clip}}.safetensors",
    log:
        f"{ARM_LOG}/select_peak/{{clip}}.log",
    params:
        clips=lookup("clips", within=config),
        method=changed("readings", "clips", "peak"),
        annotation=lambda w: {name: getattr(CLIPS[w.clip], name) for name in ("onset", "apex", "offset")},
        code=code("select_peak"),


use rule pack_clips as pack_clips_arm with:
    input:
        clips=expand(f"{ARM}/clips/{{clip}}.safetensors", clip=CLIPS, allow_missing=True),
        manifest="results/{dataset}/manifest.tsv",
        rejected="results/{dataset}/rejected-at-index.tsv",
    output:
        clips=f"{ARM}/clips.safetensors",
        rejected=f"{ARM}/rejected.tsv",
        remarks=f"{ARM}/remarks.tsv",
    log:
        f"{ARM_LOG}/pack_clips.log",


use rule augment_clips as augment_clips_arm with:
    input:
        clips=made("clips", "clips.safetensors"),
    output:
        f"{ARM}/augmented.safetensors",
    log:
        f"{ARM_LOG}/augment_clips.log",
    params:
        size=lookup("clips/size", within=config),
        corners=changed("readings", "clips", "corners"),
        code=code("augment_clips"),


use rule train_fold as train_fold_arm with:
    input:
        clips=made("clips", "clips.safetensors"),
        augmented=made("augmented", "augmented.safetensors"),
        folds=made("folds", "folds.tsv"),
    output:
        **run_files(ARM),
    log:
        f"{ARM_LOG}/train_fold/fold-{{fold}}.log",
    params:
        run=lambda w: {"model": MODEL, "variant": ARMS[w.extra, w.arm].variant, "seed": SEEDS[0]},
        settings=lambda w: model_settings(ARMS[w.extra, w.arm].config, MODEL),
        resume="results/{dataset}/resume",
        code=code("train_fold", MODEL),


rule split_folds_arm:
    input:
        clips="results/{dataset}/clips.safetensors",
        folds="results/{dataset}/folds.tsv",
    output:
        f"{ARM}/folds.tsv",
    log:
        f"{ARM_LOG}/split_folds_arm.log",
    conda:
        "../../envs/train.yaml"
    params:
        parts=len(FOLDS),
        folds=changed("folds"),
        code=code("split_folds_arm"),
    script:
        "../scripts/split_folds_arm.py"
