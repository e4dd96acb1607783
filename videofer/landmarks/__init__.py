"""The landmark model that comes with the package: learnt from rendered faces, whose true landmarks are known."""
