"""Pictures as they are kept, and as they are shown.

Kept is the picture as it was taken; what was marked in it stands in the file itself. Shown to staff
is a rendition in which everybody and everything else is blurred. Pure: no clock, no store.

marks       what was marked, in the JPEG: who is the candidate, who else is there, what it is about
subject     which of the faces is the candidate's
clear       what of a picture stays clear, by kind of incident
rendition   the picture with everything else blurred, and the same with its marks drawn in
shelf       renditions that were made a moment ago
"""
