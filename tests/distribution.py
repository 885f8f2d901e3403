"""How ``bin/test`` shares the tests out among its processes."""

from xdist.scheduler import LoadScopeScheduling

ON_ONE_PRODUCT = (
    "tests/browser/test_annotate.py",
    "tests/browser/test_away.py",
    "tests/browser/test_gallery.py",
    "tests/browser/test_import.py",
    "tests/browser/test_journey.py",
    "tests/browser/test_processes.py",
    "tests/browser/test_uploads.py",
)
"""The files whose tests use the fixture ``product``: it takes half a minute to start, and is started once."""
ON_LEARNT_WEIGHTS = (
    "tests/browser/test_assist.py",
    "tests/browser/test_predict.py",
    "tests/jobs/detection/evaluation/test_advice.py",
    "tests/jobs/detection/evaluation/test_evaluator.py",
    "tests/jobs/detection/prediction/test_predictor.py",
    "tests/jobs/detection/prediction/test_refinement.py",
    "tests/jobs/detection/training/test_learning.py",
    "tests/jobs/detection/training/test_validation_ap.py",
    "tests/jobs/tasks/test_advised_thresholds.py",
)
"""The files whose tests use the fixture ``learnt_by_heart``: it trains for half a minute, once."""
LONG_FIRST = ("tests/browser", "tests/jobs", "tests/line", "tests/embedded")
"""What takes long does not come last, when one process would wait for the other."""


class ByFile(LoadScopeScheduling):
    """The tests of a file run one after the other in one process, with the servers and trainings they share."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        if file in ON_ONE_PRODUCT:
            return "the product"
        return "the learnt weights" if file in ON_LEARNT_WEIGHTS else file


def rank(nodeid: str) -> int:
    """In whose order the files begin; the smallest first."""
    if nodeid.startswith(ON_ONE_PRODUCT):
        return -1
    return next(
        (place for place, start in enumerate(LONG_FIRST) if nodeid.startswith(start)), len(LONG_FIRST)
    )
