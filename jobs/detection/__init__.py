"""The engine: trains and runs Mask R-CNN with Detectron2, without web, database and queue.

``compat.prepare()`` runs here, before any module of the engine imports Detectron2.
"""

from jobs.detection import compat

compat.prepare()
