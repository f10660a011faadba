"""Graders on a cluster: the workers of a Dask scheduler, each with a warm dispatcher of its own.

Everything that grades is trusted: who can reach the scheduler can run code where the graders run. Use Dask's TLS.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import pickle
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from distributed import Client, WorkerPlugin, get_worker

from chainrule.diagnosis import fingerprint_files
from chainrule.diagnosis.fingerprint_files import from_bytes
from chainrule.engine.steps import Watch
from chainrule.engine.version import code_version
from chainrule.sandbox import layers
from chainrule.sandbox.held_folder import HeldFolder
from chainrule.sandbox.remove import remove_tree
from chainrule.workers.bundle import Bundle, Parcel, VersionError, bundled, kept_fingerprints, parcelled
from chainrule.workers.local import LocalGraders
from chainrule.workers.task import KNOWN, ClusterError, GradingError, Plan, Task

CONNECT_SECONDS = 10
PLUGIN = "chainrule"
DASK = importlib.metadata.version("distributed")

MOST_PLANS = 16
"""A worker keeps so many ready; it may serve for weeks."""


def cluster_graders(address: str, unsafe: bool = False) -> ClusterGraders:
    """The graders of the scheduler at `address`, once it is known that all of its workers can grade.

    Raises:
        ClusterError: there is no scheduler, or no worker; versions differ; or a worker has no sandbox.
    """
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"There is no Dask scheduler at {address} ({_in_one_line(error)}): start one with `dask scheduler`, or "
            "correct --scheduler."
        ) from error
    try:
        _require_able(client, address, unsafe)
    except BaseException:
        client.close()
        raise
    return ClusterGraders(client, address)


def _require_able(client: Client, address: str, unsafe: bool) -> None:
    scheduler = client.run_on_scheduler(_dask_version)
    if scheduler != DASK:
        raise ClusterError(
            f"The scheduler at {address} runs Dask {scheduler}, and this machine {DASK}: install the same."
        )
    found = client.run(_ability, on_error="return")
    if not found:
        raise ClusterError(f"The scheduler at {address} has no workers: start some with `dask worker {address}`.")
    for worker, ability in found.items():
        if isinstance(ability, ModuleNotFoundError):
            raise ClusterError(f"The worker {worker} has no chainrule ({ability}): install {code_version()} there.")
        if isinstance(ability, BaseException):
            raise ClusterError(f"The worker {worker} cannot be asked ({_in_one_line(ability)}).") from ability
        version, dask, level = ability
        if version != code_version():
            raise ClusterError(
                f"The worker {worker} has chainrule {version}, and this machine {code_version()}: install the same."
            )
        if dask != DASK:
            raise ClusterError(f"The worker {worker} runs Dask {dask}, and this machine {DASK}: install the same.")
        if not unsafe and level == layers.UNSANDBOXED:
            raise ClusterError(f"The worker {worker} has no sandbox; `chainrule doctor` there says what is missing.")


def _dask_version() -> str:
    return DASK


def _ability() -> tuple[str, str, str]:
    """Of a worker: the grader's version, Dask's, and the level of the sandbox."""
    return code_version(), DASK, str(layers.found())


class ClusterGraders:
    """As many graders as the cluster's workers have threads; a submission whose worker vanishes goes to another."""

    def __init__(self, client: Client, address: str) -> None:
        """Give every worker, also those that come later, a warm dispatcher."""
        self._client = client
        self._address = address
        client.register_plugin(GraderPlugin())
        self._plans: dict[int, Any] = {}
        self._numbers = itertools.count(1)

    @property
    def alive(self) -> bool:
        """Whether the scheduler is still there."""
        return bool(self._client.status == "running")

    @property
    def jobs(self) -> int:
        """The threads of all workers."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def begin(self, plan: Plan) -> int:
        """Have the plan ready on the cluster; returns its number.

        Raises:
            AssignmentError, GradersError, NoSandboxError, ServerError: the plan cannot be followed; says why.
            ClusterError: the cluster cannot follow it.
        """
        number = next(self._numbers)
        # On one worker first: what is wrong with the plan is wrong on all of them; and fingerprints are computed once.
        first = self._sent(plan)
        try:
            found = self._client.submit(begin_here, first, pure=False).result()
        except VersionError as error:
            raise ClusterError(f"A worker of the scheduler at {self._address} {error}: install the same.") from error
        except KNOWN:
            raise
        except Exception as error:
            raise ClusterError(f"The cluster at {self._address} cannot grade ({_in_one_line(error)}).") from error
        self._plans[number] = first
        computed = from_bytes(found)
        if computed is not None and found not in kept_fingerprints(plan).values():
            # Where they cannot be kept the worker has them; the next grading computes them again.
            with suppress(OSError):
                fingerprint_files.store(plan.fingerprints, computed)
            self._plans[number] = self._sent(plan)
        return number

    def _sent(self, plan: Plan) -> Any:
        """A plan on its way to the workers: a task and not scattered data, to be there again should they vanish."""
        return self._client.submit(_arrived, pickle.dumps(bundled(plan)), pure=False)

    def end(self, plan: int) -> None:
        """Forget a plan."""
        self._plans.pop(plan).release()

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """Have a submission graded by some worker; what it answers is read by `outcome`. No step is told from there."""
        answer: Future[bytes] = Future()
        work = self._client.submit(grade_here, self._plans[plan], parcelled(task), pure=False)

        def done(work: Any) -> None:
            try:
                answer.set_result(work.result())
            except BaseException as problem:  # noqa: BLE001
                # Cancelled, lost, failed: somebody waits for an answer, whatever it is.
                answer.set_exception(GradingError(f"The cluster at {self._address} did not grade it: {problem!r}"))
            finally:
                work.release()

        work.add_done_callback(done)
        return answer

    def close(self) -> None:
        """Take leave of the scheduler."""
        self._client.close()


def _arrived(content: bytes) -> bytes:
    """A bundle where it is needed: on a worker."""
    return content


class GraderPlugin(WorkerPlugin):
    """On each worker: a dispatcher with warm sandboxes, and the bundles that have been unpacked."""

    name = PLUGIN

    def setup(self, worker: Any) -> None:
        """Start the dispatcher; the worker's threads share it."""
        self._folder = HeldFolder("worker")
        self._room = self._folder.path
        self._graders = LocalGraders(worker.state.nthreads)
        self._lock = threading.Lock()
        self._plans: dict[str, int] = {}
        self._folders: dict[str, Path] = {}

    def teardown(self, worker: Any) -> None:
        """End the dispatcher and what it started."""
        self._graders.close()
        self._folder.remove()

    def grade(self, content: bytes, parcel: Parcel) -> bytes:
        """Grade one submission in a process of its own."""
        graders, plan = self.begun(content)
        room = Path(tempfile.mkdtemp(prefix="handed-in-", dir=self._room))
        try:
            return graders.submit(plan, parcel.unpacked(room)).result()
        finally:
            remove_tree(room)

    def begin(self, content: bytes) -> bytes:
        """Have a bundle's plan ready; returns its fingerprints as they are kept here."""
        self.begun(content)
        folder = self._folders[hashlib.sha256(content).hexdigest()] / "fingerprints"
        return next((file.read_bytes() for file in folder.iterdir()), b"")

    def begun(self, content: bytes) -> tuple[LocalGraders, int]:
        """The graders here and the number of a bundle's plan; who comes first waits until all is warm."""
        digest = hashlib.sha256(content).hexdigest()
        with self._lock:
            if not self._graders.alive:
                self._graders.close()
                self._graders = LocalGraders(self._graders.jobs)
                self._plans.clear()
            if digest not in self._plans:
                bundle: Bundle = pickle.loads(content)
                folder = Path(tempfile.mkdtemp(prefix="plan-", dir=self._room))
                self._plans[digest] = self._graders.begin(bundle.unpacked(folder))
                self._folders[digest] = folder
                for old in list(self._plans)[:-MOST_PLANS]:
                    self._graders.end(self._plans.pop(old))
                    remove_tree(self._folders.pop(old))
            return self._graders, self._plans[digest]


def begin_here(content: bytes) -> bytes:
    """Make one worker ready for a plan; returns the fingerprints that it has, or nothing."""
    return _plugin().begin(content)


def grade_here(content: bytes, parcel: Parcel) -> bytes:
    """The task that a worker does."""
    return _plugin().grade(content, parcel)


def _plugin() -> GraderPlugin:
    found = get_worker().plugins[PLUGIN]
    assert isinstance(found, GraderPlugin)
    return found


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
