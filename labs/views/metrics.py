"""Metrics for Prometheus, computed from the database at each scrape, so they survive restarts and any process can answer."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from labs import failure_sentences
from labs.lifecycle import image_age, usage
from labs.models import Attempt, Job, LabSession, State, VerdictRecord
from vaka.web.request_origin import is_loopback

SETTLED = timedelta(minutes=1)  # longer than any transaction: no row older than this can still appear
# Seconds: from a claim from the pool to half an hour in the queue
PHASES = (
    0.05,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    30,
    60,
    300,
    1800,
)
CHECKS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)


class Times:
    """A histogram of seconds for each label."""

    def __init__(self, name: str, about: str, label: str, bounds: tuple[float, ...]) -> None:
        self.name, self.about, self.label, self.bounds = name, about, label, bounds
        self.counts: dict[str, list[int]] = {}
        self.sums: dict[str, float] = {}

    def add(self, label: str, seconds: float) -> None:
        counts = self.counts.setdefault(label, [0] * (len(self.bounds) + 1))
        counts[next((i for i, bound in enumerate(self.bounds) if seconds <= bound), len(self.bounds))] += 1
        self.sums[label] = self.sums.get(label, 0.0) + seconds

    def family(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.about, labels=[self.label])
        for label, counts in sorted(self.counts.items()):
            bounds = [*map(str, self.bounds), "+Inf"]
            below = [sum(counts[: i + 1]) for i in range(len(counts))]
            family.add_metric([label], list(zip(bounds, below, strict=True)), self.sums[label])
        return family


class Past:
    """Histograms of finished work. Each process adds up a row once: a scrape reads only the rows since the last one."""

    def __init__(self) -> None:
        self.until = datetime.fromtimestamp(0, UTC)
        self.lock = threading.Lock()
        self.phases = Times("vaka_start_phase_seconds", "Phases of the starts that succeeded.", "phase", PHASES)
        self.passes = Times("vaka_check_seconds", "Runs of the checks, from the first ask on.", "kind", CHECKS)
        self.waits = Times("vaka_check_wait_seconds", "From the request of a check to its first ask.", "kind", CHECKS)
        self.verdicts = Times("vaka_verdict_seconds", "Single checks of those runs.", "outcome", CHECKS)

    def families(self) -> Iterator[Metric]:
        with self.lock:
            self._read(timezone.now() - SETTLED)
            for times in (self.phases, self.passes, self.waits, self.verdicts):
                yield times.family()

    def _read(self, until: datetime) -> None:
        since, self.until = self.until, until
        ready = LabSession.objects.filter(ready_at__gt=since, ready_at__lte=until).order_by()
        for progress in ready.values_list("progress", flat=True).iterator():
            for phase, seconds in phases(progress):
                self.phases.add(phase, seconds)
        done = Attempt.objects.filter(finished_at__gt=since, finished_at__lte=until).order_by()
        for kind, asked, started, finished in done.values_list(
            "kind", "asked_at", "started_at", "finished_at"
        ).iterator():
            self.passes.add(kind, (finished - started).total_seconds())
            self.waits.add(kind, (started - asked).total_seconds())
        of_these = VerdictRecord.objects.filter(
            attempt__finished_at__gt=since, attempt__finished_at__lte=until
        ).order_by()
        for outcome, seconds in of_these.values_list("outcome", "seconds").iterator():
            self.verdicts.add(outcome, seconds)


def phases(progress: Iterable[dict[str, float | str]]) -> Iterator[tuple[str, float]]:
    """Yield the seconds of each phase. The worker records them since the beginning of the start, except for "queued"."""
    before = 0.0
    for step in progress:
        name, seconds = str(step["step"]), float(step["seconds"])
        if name == "queued":
            yield name, seconds
            continue
        yield name, max(0.0, seconds - before)
        before = seconds


class Labs(Collector):
    """All metrics of labs, from the database and from the worker's measurements."""

    def __init__(self) -> None:
        self.past = Past()

    def describe(self) -> Iterable[Metric]:
        return []  # or collect() would run when the site starts

    def collect(self) -> Iterator[Metric]:
        yield self.starts()
        yield self.ends()
        yield self.jobs()
        yield from self.now()
        yield from self.machine()
        yield from self.image()
        yield from self.past.families()

    def starts(self) -> Metric:
        family = CounterMetricFamily("vaka_starts", "Starts of labs, by outcome.", labels=["outcome", "reason"])
        came = LabSession.objects.order_by().exclude(learner=None)  # pooled sessions that nobody claims are deleted
        family.add_metric(["ready", ""], came.filter(ready_at__isnull=False).count())
        family.add_metric(["given_up", ""], came.filter(ready_at=None, state=State.STOPPED).count())
        _by_reason(family, came.filter(ready_at=None, state=State.FAILED), lambda reason: ["failed", reason])
        return family

    def ends(self) -> Metric:
        family = CounterMetricFamily("vaka_ends", "Ends of labs that were ready, by reason.", labels=["reason"])
        ran = LabSession.objects.order_by().filter(ready_at__isnull=False).exclude(learner=None)
        family.add_metric(["stopped"], ran.filter(state=State.STOPPED).count())
        _by_reason(family, ran.filter(state=State.FAILED), lambda reason: [reason])
        return family

    def jobs(self) -> Metric:
        family = CounterMetricFamily("vaka_jobs", "Jobs of labs that have ended.", labels=["kind", "outcome"])
        over = Job.objects.order_by().exclude(ended_at=None)
        for kind, done, of in over.values_list("kind").annotate(done=Count("pk", filter=Q(error="")), of=Count("pk")):
            family.add_metric([kind, "done"], done)
            family.add_metric([kind, "failed"], of - done)
        return family

    def now(self) -> Iterator[Metric]:
        sessions = GaugeMetricFamily("vaka_sessions", "Sessions that are live.", labels=["state", "lab"])
        pool = GaugeMetricFamily("vaka_pool_labs", "Labs that are kept ready in the pool.", labels=["lab"])
        rows = LabSession.objects.live().order_by().values_list("state", "lab").annotate(Count("pk"))
        for state, lab, count in rows:
            sessions.add_metric([state, lab], count)
            if state == State.POOLED:
                pool.add_metric([lab], count)
        waiting = LabSession.objects.waiting()
        first = waiting.order_by("created_at").first()
        oldest = (timezone.now() - first.created_at).total_seconds() if first else 0.0
        yield sessions
        yield pool
        yield GaugeMetricFamily("vaka_queue_length", "Learners in the queue for a lab.", value=waiting.count())
        yield GaugeMetricFamily(
            "vaka_queue_oldest_seconds", "How long the first of them has waited, in seconds.", value=oldest
        )

    def machine(self) -> Iterator[Metric]:
        """The worker's measurements. It begins some seconds after the first scrape, so the first answers have none."""
        seen = usage.read()
        memory = GaugeMetricFamily("vaka_labs_memory_bytes", "Memory of the running labs, by lab.", labels=["lab"])
        cores = GaugeMetricFamily("vaka_labs_cpu_cores", "CPU cores that the running labs use, by lab.", labels=["lab"])
        names = {str(pk): lab for pk, lab in LabSession.objects.live().values_list("pk", "lab")}
        for lab in sorted(set(names.values())):
            uses = [use for session, use in seen.labs.items() if names.get(session) == lab]
            memory.add_metric([lab], sum(use.memory for use in uses))
            cores.add_metric([lab], sum(use.cores or 0.0 for use in uses))
        free = GaugeMetricFamily(
            "vaka_disk_free_bytes", "Free space on the disks of the state folder and the engine.", labels=["path"]
        )
        for disk in seen.disks:
            free.add_metric([disk.path], disk.free)
        if seen.at:
            yield from (memory, cores, free)

    def image(self) -> Iterator[Metric]:
        """The age of the lab image, and the versions of its packages."""
        if (image := image_age.read()) is None:
            return
        at = GaugeMetricFamily(
            "vaka_lab_image_timestamp_seconds",
            "When the packages of the lab image, and its base, were fetched.",
            labels=["part"],
        )
        at.add_metric(["packages"], image.packages_at.timestamp())
        at.add_metric(["base"], image.base_at.timestamp())
        versions = GaugeMetricFamily(
            "vaka_lab_image_package", "Always 1: a package of the lab image.", labels=["package", "version"]
        )
        for name, version in image.versions.items():
            versions.add_metric([name, version], 1)
        flavours = GaugeMetricFamily(
            "vaka_lab_image_flavour_timestamp_seconds",
            "When the packages of each image flavour that is built were fetched.",
            labels=["flavour"],
        )
        for other in image_age.read_all():
            if other.flavour:
                flavours.add_metric([other.flavour], other.packages_at.timestamp())
        yield from (at, versions, flavours)


def _by_reason(family: CounterMetricFamily, rows: QuerySet[LabSession], labels: Callable[[str], list[str]]) -> None:
    counts: dict[str, int] = {}
    for error, count in rows.values_list("error").annotate(Count("pk")):
        reason = failure_sentences.reason(error)
        counts[reason] = counts.get(reason, 0) + count
    for reason, count in sorted(counts.items()):
        family.add_metric(labels(reason), count)


@cache
def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(Labs())
    ProcessCollector(namespace="vaka_site", registry=made)
    return made


def may_read(request: HttpRequest) -> bool:
    """Whether the request brings the token or comes from this server. Behind a proxy every request seems to."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    return not settings.BEHIND_PROXY and is_loopback(request)


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        text = "Metrics are served to this server, or with the token of VAKA_METRICS_TOKEN.\n"
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=HTTPStatus.FORBIDDEN)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
