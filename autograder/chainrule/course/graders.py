"""The graders of this process: on this machine, or on the cluster that is named; kept for the next batch."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from chainrule.course.batch import Graders
from chainrule.course.grade import GradeInSandbox
from chainrule.course.loaded import CourseError
from chainrule.workers.local import local_graders

if TYPE_CHECKING:
    from chainrule.workers.cluster import ClusterGraders

_clusters: dict[str, ClusterGraders] = {}
"""By the scheduler's address; the connection ends with the process."""


def graders_of(
    configured: GradeInSandbox,
    jobs: int = 0,
    scheduler: str = "",
    on_progress: Callable[[str], None] = lambda what: None,
) -> Graders:
    """As a course is configured, but for what is given here: so many jobs, or the workers of this scheduler.

    Raises:
        ClusterError: the cluster cannot grade.
        CourseError: Dask is not installed.
    """
    scheduler = scheduler or ("" if jobs else configured.scheduler)
    if not scheduler:
        return local_graders(jobs or configured.jobs or os.cpu_count() or 1, on_progress)
    try:
        from chainrule.workers.cluster import cluster_graders
    except ModuleNotFoundError as error:
        raise CourseError(f"Grading on a cluster needs Dask ({error}): install chainrule[cluster].") from error
    if scheduler not in _clusters or not _clusters[scheduler].alive:
        _clusters[scheduler] = cluster_graders(scheduler, configured.unsafe)
    return _clusters[scheduler]
