"""The 68 landmarks of a face (iBUG numbering, from 0), every index that the project uses, by name.

"Right" and "left" are those of the person: the right eye is on the left of the picture. Source of the numbering:
C. Sagonas et al., 300 Faces In-The-Wild Challenge, Image and Vision Computing 47, 2016.
"""

COUNT = 68
PATCHES = "patches"  # input of a network that finds them
NOSE_ROOT, NOSE_TIP, NOSE_BASE = 27, 30, 33
EYES = slice(36, 48)
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
OUTER_EYE_CORNERS = (36, 45)
MOUTH = slice(48, 68)
# Hardly moved by any expression: bridge of the nose and corners of the eyes.
RIGID = (27, 28, 29, 30, 36, 39, 42, 45)
# Landmark i of a mirrored face is landmark MIRROR_ORDER[i] of the original.
MIRROR_ORDER = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # bridge of the nose
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lips
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lips
)
# Parts of a face whose landmarks are measured together.
PARTS = {
    "outline": range(17), "brows": range(17, 27), "nose": range(27, 36), "eyes": range(36, 48),
    "mouth": range(48, 68),
}  # fmt: skip

# Action parts of the face, our choice, from the top down: each lies at the mean of its landmarks.
ACTION_PARTS = {
    "right brow": range(17, 22),
    "between the brows": (21, 22),
    "left brow": range(22, 27),
    "right eye": range(36, 42),
    "left eye": range(42, 48),
    "right cheek": (31, 41, 48),
    "nose": range(30, 36),
    "left cheek": (35, 46, 54),
    "right corner of the mouth": (48,),
    "upper lip": (50, 51, 52),
    "left corner of the mouth": (54,),
    "lower lip": (56, 57, 58),
    "chin": (7, 8, 9),
}
