"""What is shipped fits the code: compose file, image, scrape targets, alerts and dashboard."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from ruamel.yaml import YAML

from services import loop
from services.kernel import metrics
from services.kernel.settings import Settings, load
from tests.conftest import ROOT
from tests.test_house import asked_for, normalised, pins, required_by, run

DEPLOY = ROOT / "deploy"
DASHBOARD = DEPLOY / "grafana/dashboards/loopwright.json"
ENGINE = sorted({stage.name.partition(".")[0] for stage in loop.stages(Settings())})
"""The services of the loop; one may run several stages."""

WORDS_OF_PROMQL = {"and", "by", "offset", "on", "or", "unless"}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def services() -> dict[str, Any]:
    found: dict[str, Any] = read(ROOT / "docker-compose.yml")["services"]
    return found


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in services()[service].get("environment", {}).items()}


def dockerfile() -> str:
    """Give the Dockerfile with each instruction on one line."""
    return (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")


def arguments() -> dict[str, str]:
    """Give what each build argument is unless somebody says otherwise."""
    return dict(re.findall(r'^ARG (\w+)="?([^"\n]*)"?$', dockerfile(), flags=re.MULTILINE))


def asking(block: str) -> set[str]:
    """Name the packages for whose sake the lock has this one."""
    return set(re.findall(r"^    # +(?:via )?([\w-]+)$", block, flags=re.MULTILINE)) - {"via"}


def expressions() -> dict[str, str]:
    """Give every query that an alert or a panel makes, by the title of either."""
    rules = [rule for group in read(DEPLOY / "prometheus/rules.yml")["groups"] for rule in group["rules"]]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]
    return {rule["alert"]: rule["expr"] for rule in rules} | {
        f"{title} {number}": expr for number, (title, expr) in enumerate(asked)
    }


def asked_metrics(expression: str) -> set[str]:
    """Name the series that a query reads: what is left of it without matchers, ranges, labels and functions."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without)\s*\([^)]*\)', " ", expression)
    return set(re.findall(r"(?<![\w.])[a-zA-Z_]\w*\b(?!\s*\()", bare)) - WORDS_OF_PROMQL


def kept_metrics() -> set[str]:
    """Name the series that a process of ours has, and the one that Prometheus adds for each."""
    assert metrics.DEAD  # importing them has registered them
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {"up"} | {family.name + end for family in REGISTRY.collect() for end in endings.get(family.type, [""])}


def promtool(*arguments: str) -> str:
    if shutil.which("promtool") is None:
        pytest.skip("no promtool: apt-get install prometheus")
    return run("promtool", *arguments)


def test_every_service_of_the_loop_is_started_by_its_own_module() -> None:
    started = {name: services().get(name, {}).get("command") for name in [*ENGINE, "simulator"]}
    assert started == {name: ["python", "-m", f"services.{name}"] for name in [*ENGINE, "simulator"]}


def test_every_process_is_scraped_and_asked_for_its_health_where_it_listens() -> None:
    port = {name: environment(name)["LOOPWRIGHT_HTTP_PORT"] for name in [*ENGINE, "simulator"]}
    scraped = read(DEPLOY / "prometheus/prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"]
    assert sorted(scraped) == sorted(f"{name}:{number}" for name, number in port.items())
    asked = {
        name: re.findall(r"//127\.0\.0\.1:(\d+)/ready", str(services()[name]["healthcheck"]["test"])) for name in port
    }
    assert asked == {name: [number] for name, number in port.items()}


@pytest.mark.parametrize("service", ["topics", *ENGINE, "simulator"])
def test_what_compose_sets_are_settings(service: str) -> None:
    settings = load(environment(service))
    assert settings.bootstrap_servers == "kafka:9092"
    assert settings.replication == 1


def test_one_service_builds_the_image_of_all() -> None:
    built = [name for name, service in services().items() if "build" in service]
    images = {services()[name]["image"] for name in ["topics", *ENGINE, "simulator"]}
    assert built == ["topics"]
    assert len(images) == 1


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("compose", [("docker", "compose"), ("docker-compose",)], ids=" ".join)
def test_compose_understands_the_file(compose: tuple[str, ...]) -> None:
    if shutil.which(compose[0]) is None or (compose[1:] and "compose" not in run("docker", "--help")):
        pytest.skip(f"no {' '.join(compose)}: apt-get install docker.io docker-compose")
    listed = run(*compose, "config", "--services").split()
    assert {"kafka", "topics", *ENGINE, "simulator", "prometheus"} <= set(listed)


def test_image_leaves_out_exactly_what_only_checks_the_code() -> None:
    runs = required_by("pyproject.toml") | required_by("services/sdk/pyproject.toml") | {normalised("openfeature-sdk")}
    assert set(arguments()["WITHOUT"].split()) == asked_for() - runs


def test_what_compiles_the_codec_is_installed_with_all_that_it_needs_and_nothing_else() -> None:
    needed = {"mypy", "setuptools", "msgspec"}
    while more := {name for name, block in pins().items() if needed & asking(block)} - needed:
        needed |= more
    assert set(arguments()["WITH"].split()) == needed


def test_codec_is_compiled_beside_all_that_is_imported_for_it_and_nothing_else() -> None:
    (stage,) = re.findall(r"^FROM \S+ AS codec$(.*?)^FROM ", dockerfile(), flags=re.MULTILINE | re.DOTALL)
    copied = {
        path.removeprefix("services/sdk/").removesuffix("/__init__").replace("/", ".")
        for path in re.findall(r"\b(services/[\w/]+)\.py\b", stage)
    }
    code = "import sys, services.kernel.compiled, loopwright.wire; print(*sys.modules)"
    imported = {name for name in run(sys.executable, "-c", code).split() if re.match(r"(services|loopwright)\b", name)}
    assert copied == imported


def test_image_that_runs_takes_nothing_but_the_codec_from_the_one_with_a_compiler() -> None:
    last = dockerfile().rpartition("\nFROM ")[2].splitlines()
    assert last[0] == "${BASE}"
    assert [line for line in last if "codec" in line and line.startswith("COPY")] == [
        "COPY --from=codec /codec/ services/sdk/loopwright/"
    ]


def test_compose_builds_on_what_the_dockerfile_builds_on_unless_told_otherwise() -> None:
    passed = services()["topics"]["build"]["args"]
    assert {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value) for name, value in passed.items()} == {
        name: arguments()[name] for name in ("BASE", "BUILD_BASE")
    }


@pytest.mark.parametrize("title", expressions())
def test_alerts_and_panels_ask_for_metrics_that_exist(title: str) -> None:
    asked = asked_metrics(expressions()[title])
    assert asked
    assert asked - kept_metrics() == set()


def test_metric_that_nobody_keeps_would_be_found() -> None:
    query = 'sum by (service) (rate(loopwright_event_total{topic="runs"}[5m] offset 5m)) or vector(0)'
    assert asked_metrics(query) - kept_metrics() == {"loopwright_event_total"}


def test_dashboard_asks_the_source_that_is_provisioned() -> None:
    (source,) = read(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert {panel["datasource"]["uid"] for panel in panels if "targets" in panel} == {source["uid"]}


def test_prometheus_accepts_its_configuration() -> None:
    assert "SUCCESS" in promtool("check", "config", str(DEPLOY / "prometheus/prometheus.yml"))


# Values are promtool's: 0x6 is 0 and six more of it, _x6 is nothing seven times; one each 5 seconds.
@pytest.mark.parametrize(
    ("alert", "series", "values", "at", "labels"),
    [
        ("ServiceDown", 'up{job="loopwright",instance="triage:8080"}', "1x6 0x20", "50s", None),
        (
            "ServiceDown",
            'up{job="loopwright",instance="triage:8080"}',
            "1x6 0x20",
            "80s",
            'instance="triage:8080",job="loopwright"',
        ),
        ("ServiceRestarts", 'process_start_time_seconds{job="loopwright"}', "7x9 8x9 9x9", "150s", None),
        (
            "ServiceRestarts",
            'process_start_time_seconds{job="loopwright"}',
            "7x9 8x9 9x9 10x9",
            "180s",
            'job="loopwright"',
        ),
        ("StageStopped", 'loopwright_tasks{service="triage"}', "4x6 0x6 4x20", "120s", None),
        ("StageStopped", 'loopwright_tasks{service="triage"}', "4x6 0x20", "120s", 'service="triage"'),
        ("DeadLetters", 'loopwright_dead_total{topic="runs",reason="bad"}', "1x400", "30m", None),
        (
            "DeadLetters",
            'loopwright_dead_total{topic="runs",reason="bad"}',
            "_x6 1x400",
            "1m",
            'reason="bad",topic="runs"',
        ),
        (
            "DeadLetters",
            'loopwright_dead_total{topic="runs",reason="bad"}',
            "1x99 2x400",
            "10m",
            'reason="bad",topic="runs"',
        ),
        ("RecordsExpired", 'loopwright_expired_total{topic="runs"}', "1x900", "70m", None),
        ("RecordsExpired", 'loopwright_expired_total{topic="runs"}', "_x6 1x900", "10m", 'topic="runs"'),
    ],
)
def test_alert_fires_when_it_should_and_only_then(
    alert: str, series: str, values: str, at: str, labels: str | None, tmp_path: Path
) -> None:
    firing = f'ALERTS{{alertname="{alert}",alertstate="firing"'
    samples = [] if labels is None else [{"labels": f"{firing},{labels}}}", "value": 1}]
    asked = {"expr": f"{firing}}}", "eval_time": at, "exp_samples": samples}
    told = {"interval": "5s", "input_series": [{"series": series, "values": values}], "promql_expr_test": [asked]}
    rules = str(DEPLOY / "prometheus/rules.yml")
    test = tmp_path / "test.yml"
    test.write_text(json.dumps({"rule_files": [rules], "evaluation_interval": "5s", "tests": [told]}))
    assert "SUCCESS" in promtool("test", "rules", str(test))
