"""Says where the time of one process goes while load is on it, in microseconds of processor time a request."""

from __future__ import annotations

import pstats
import signal
from collections import Counter
from pathlib import Path

import msgspec

from benchmarks.end_to_end import run_flow
from benchmarks.home import PROFILED_NAME, READY_PATH, Home
from benchmarks.load_plan import FixedRequests, LoadPlan, LoadReport, OrderRequests, run_load
from benchmarks.measurements import order_source, require_all_succeeded
from benchmarks.processes import ROOT, free_port
from benchmarks.requests import get_request
from benchmarks.sampling import Place, Samples

WORKLOADS = ("placing", "reading", "delivering")
_FUNCTIONS_SHOWN = 40
_LINES_SHOWN = 40
_FILES_SHOWN = 25
_WARM_UP_SECONDS = 1.0


def profile_workload(
    *, workload: str, template: Home, directory: Path, connections: int, seconds: float, tracing: bool
) -> str:
    """Return where an API process (``placing``, ``reading``) or a worker (``delivering``) spends its time."""
    home = template.copied(to=directory / "profile")
    output = directory / "profile.out"
    way = "tracing" if tracing else "sampling"
    if workload == "delivering":
        flow = run_flow(
            home=home,
            seconds=seconds,
            start_worker=lambda: home.start_profiled(way=way, output=output, process="worker"),
        )
        done, used = flow.report.succeeded, flow.cpu_seconds[PROFILED_NAME]
        head = f"worker, end to end: {done / flow.elapsed_seconds:,.0f} orders/s"
    else:
        report, used, head = _under_load(
            workload=workload, home=home, way=way, output=output, connections=connections, seconds=seconds
        )
        done = report.succeeded
    microseconds = used * 1_000_000 / done
    head += f", {microseconds:.0f} microseconds of processor time each\n"
    if tracing:
        return head + _traced(output=output, requests=done)
    samples = msgspec.json.decode(output.read_bytes(), type=Samples)
    return head + _sampled(samples=samples, microseconds=microseconds)


def _under_load(
    *, workload: str, home: Home, way: str, output: Path, connections: int, seconds: float
) -> tuple[LoadReport, float, str]:
    """Return the report of the load, the processor seconds that the API process used for it, and a headline."""
    port = free_port()
    with home.start_profiled(way=way, output=output, process=str(port)) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        source = _source(workload=workload, home=home)
        run_load(plan=LoadPlan(port=port, connections=connections, seconds=_WARM_UP_SECONDS, source=source))
        if way == "sampling":
            api.send_signal(number=signal.SIGUSR1)
        before, main_before = api.usage().cpu_seconds, api.main_thread_cpu_seconds()
        source = _source(workload=workload, home=home)
        report = run_load(plan=LoadPlan(port=port, connections=connections, seconds=seconds, source=source))
        used, main_used = api.usage().cpu_seconds - before, api.main_thread_cpu_seconds() - main_before
        require_all_succeeded(report=report)
    share = main_used / used if used else 0.0
    head = f"{workload}, {connections} clients: {report.per_second:,.0f} requests/s, {share:.0%} on the main thread"
    return report, used, head


def _source(*, workload: str, home: Home) -> FixedRequests | OrderRequests:
    prepared = home.prepared()
    if workload == "placing":
        return order_source(prepared=prepared)
    paths = [f"/v1/products/{product_id}" for product_id in prepared.product_ids]
    return FixedRequests(requests=[get_request(path=path, api_key=prepared.storefront_key) for path in paths])


def _sampled(*, samples: Samples, microseconds: float) -> str:
    each = microseconds / max(samples.taken, 1)
    files: Counter[str] = Counter()
    for place, count in samples.own:
        files[_short(file=place.file)] += count
    lines = [f"{samples.taken} samples"]
    lines += ["", "own time by file, microseconds a request"]
    lines += [f"{count * each:8.1f}  {file}" for file, count in files.most_common(_FILES_SHOWN)]
    for title, counted, shown in (
        ("own time by function", samples.own, _FUNCTIONS_SHOWN),
        ("time in and below a function", samples.whole, _FUNCTIONS_SHOWN * 2),
        ("own time by line", samples.lines, _LINES_SHOWN),
    ):
        lines += ["", f"{title}, microseconds a request"]
        lines += [f"{count * each:8.1f}  {_told(place=place)}" for place, count in counted[:shown]]
    return "\n".join(lines)


def _traced(*, output: Path, requests: int) -> str:
    lines = ["own  cumulative  calls a request (tracing makes cheap calls look dear)"]
    statistics = pstats.Stats(str(output)).stats  # type: ignore[attr-defined]
    ordered = sorted(statistics.items(), key=lambda item: -item[1][2])
    for (file, line, function), (_, calls, own, cumulative, _) in ordered[: _FUNCTIONS_SHOWN * 2]:
        lines.append(
            f"{own * 1e6 / requests:8.1f} {cumulative * 1e6 / requests:8.1f} {calls / requests:8.2f}  "
            f"{_short(file=file)}:{line} {function}"
        )
    return "\n".join(lines)


def _told(*, place: Place) -> str:
    line = f":{place.line}" if place.line else ""
    return f"{_short(file=place.file)}{line} {place.function}"


def _short(*, file: str) -> str:
    """Return a path from the package on, so that no report names a folder of this machine."""
    path = Path(file)
    if path.is_relative_to(ROOT / "src"):
        return path.relative_to(ROOT / "src").as_posix()
    parts = path.parts
    for marker in ("site-packages", "lib"):
        if marker in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(marker) :])
    return path.name
