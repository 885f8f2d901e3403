"""The engine: trains and runs Mask R-CNN with Detectron2. Knows no web, no database and no queue.

The compatibility module comes first here, so that it has run before any module of the engine imports
Detectron2.
"""

from jobs.detection import compat

compat.prepare()
