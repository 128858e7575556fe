"""What the text service cannot do.

HezhiError
└── Invalid
    ├── SamplesUnusable
    └── ClassifierChanged
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid


class SamplesUnusable(Invalid):
    """These samples cannot teach a classifier: it takes two labels and two texts for each."""

    code = "samples_unusable"


class ClassifierChanged(Invalid):
    """The stored classifier is not the one that was saved; train it again."""

    code = "classifier_changed"
