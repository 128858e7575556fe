"""The door of the text service. Plain functions: no database, no clock, no rights to ask for.

Suggestions are offers: whoever calls shows them to a person, who confirms. Nothing here looks at persons.
"""

from hezhi.services.text.classify import Classifier, classifier_load, classifier_save, classifier_train
from hezhi.services.text.hot import hot_issues
from hezhi.services.text.judge import copies_removed, evaluate, evaluate_fixed_split, split_fixed
from hezhi.services.text.similar import similarity
from hezhi.services.text.tokens import telling_words

__all__ = [
    "Classifier",
    "classifier_load",
    "classifier_save",
    "classifier_train",
    "copies_removed",
    "evaluate",
    "evaluate_fixed_split",
    "hot_issues",
    "similarity",
    "split_fixed",
    "telling_words",
]
