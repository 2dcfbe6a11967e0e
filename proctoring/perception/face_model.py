"""A face of average shape in centimetres, to tell the pose of another by.

The points are those of MediaPipe's `canonical_face_model.obj` (Apache-2.0, The MediaPipe Authors,
2020) and, of its 468, the 33 by which MediaPipe's own face geometry is aligned: they move least
when a face speaks or laughs. Its pupils are 6.4 cm apart; those of adults are 6.3 cm ± 0.36
(Dodgson, "Variation and extrema of human interpupillary distance", 2004).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Number in the mesh -> x to the right in the picture, y up, z to the camera.
MIDDLE = {
    4: (0.0, -0.463, 7.587),
    6: (0.0, 2.473, 5.789),
    10: (0.0, 8.262, 4.482),
}
PAIRS = {  # the point on the left in the picture, its twin -> where the twin is
    (33, 263): (4.446, 2.664, 3.173),
    (54, 284): (6.279, 6.615, 1.426),
    (67, 297): (3.524, 8.006, 3.729),
    (117, 346): (5.259, 0.946, 2.974),
    (119, 348): (3.301, 0.862, 3.873),
    (121, 350): (1.821, 1.468, 4.224),
    (127, 356): (7.743, 2.365, -2.005),
    (129, 358): (1.786, -0.978, 4.850),
    (132, 361): (7.271, -2.891, -2.252),
    (133, 362): (1.856, 2.585, 3.758),
    (136, 365): (5.085, -7.179, 0.715),
    (143, 372): (6.408, 2.236, 1.561),
    (147, 376): (6.235, -1.944, 1.664),
    (198, 420): (1.247, 0.230, 5.681),
    (205, 425): (3.833, -1.537, 4.138),
}
BETWEEN_EYES = np.array([0.0, -2.64, -3.83])  # the middle between the pupils, axes as of FACE

POINTS = [*MIDDLE, *(left for left, _ in PAIRS), *(right for _, right in PAIRS)]


def _face() -> npt.NDArray[np.float64]:
    right = np.array(list(PAIRS.values()))
    upright = np.vstack([list(MIDDLE.values()), right * (-1, 1, 1), right])
    return upright * (1, -1, -1)


FACE = _face()  # (33, 3) cm, of POINTS: x to the right, y down, z away from the camera
