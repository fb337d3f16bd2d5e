#!/usr/bin/env bash
# docker-compose.yml for real, on a Debian machine that reaches no image registry: the images are cut and built from
# what the machine has installed, the whole system comes up, tests/e2e.py looks at it from outside, and it goes down;
# then some tests get their broker from testcontainers, with the image that was built.
#
#   docker-stage.sh           all of it; ends with 1 when anything does not hold, an engine that will not start too
#   docker-stage.sh images    only builds the images, and prints the variables that make `make up` use them
#
# It needs root where the engine is not running yet, and .venv (make setup). Containers, network and volumes are of
# the Compose project loopwright-ci alone and go at the end, and so does the engine when it was started here. The
# images loopwright-ci/* stay (after `images` the engine too): the next time takes seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."

only=${1:-}
python=.venv/bin/python
work=var/docker
project=loopwright-ci
export DOCKER_BUILDKIT=0 # the builder that every engine has
export PY_BASE=loopwright-ci/python:3.11 PY_BUILD_BASE=loopwright-ci/python-build:3.11
export SERVICES_IMAGE=loopwright-ci/services:local
codec_image=loopwright-ci/codec:local # the stage of deploy/Dockerfile that compiles; named, so that it can be removed
export KAFKA_IMAGE=loopwright-ci/kafka:4.1.0 PROMETHEUS_IMAGE=loopwright-ci/prometheus:debian
# Beside what a person's own `make up` has taken.
export KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-39092} PROMETHEUS_HOST_PORT=${PROMETHEUS_HOST_PORT:-39090}

stop() {
    echo "docker-stage: $*" >&2
    exit 1
}

now() { echo "${EPOCHREALTIME/[.,]/}"; }

began=$(now)
step() {
    local ended
    ended=$(now)
    printf 'docker-stage: %6d ms  %s\n' $(((ended - began) / 1000)) "$*" >&2
    began=$ended
}

# What a command says is only of interest when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        stop "failed: $*"
    }
}

compose() {
    if docker compose version >/dev/null 2>&1; then docker compose -p "$project" "$@"
    else docker-compose -p "$project" "$@"; fi
}

install_engine() {
    command -v dockerd >/dev/null && { docker compose version || docker-compose version; } >/dev/null 2>&1 && return
    [ "$(id -u)" = 0 ] || stop "no Docker here: apt-get install docker.io docker-compose"
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get update -qq
    quietly apt-get install -qq --no-install-recommends docker.io docker-compose
}

engine=
start_engine() {
    docker info >/dev/null 2>&1 && return
    [ "$(id -u)" = 0 ] || stop "no Docker engine answers, and only root can start one: systemctl start docker"
    # Smaller packets than the network's, which may itself run inside another one.
    setsid dockerd --mtu 1400 >"$work/dockerd.log" 2>&1 &
    engine=$!
    for _ in {1..120}; do
        docker info >/dev/null 2>&1 && return
        kill -0 "$engine" 2>/dev/null || break
        sleep 0.25
    done
    tail -n 5 "$work/dockerd.log" >&2
    stop "the Docker engine does not start here; its log is $work/dockerd.log"
}

image_id() { docker image inspect --format '{{.Id}}' "$1" 2>/dev/null || true; }

# The image that had the name TAG until now, if another one has it.
forget() { # TAG ID
    if [ -n "$2" ] && [ "$2" != "$(image_id "$1")" ]; then
        docker rmi "$2" >/dev/null 2>&1 || true # a container may still run on it
    fi
}

kafka_image() {
    local jars
    # The jars that `make local` runs on: fetched once for both.
    jars=$("$python" - <<'PYTHON'
import os
import sys

from services.cli.broker import BrokerFault, jars

try:
    print(jars(os.environ))
except BrokerFault as fault:
    sys.exit(f"docker-stage: {fault}")
PYTHON
    )
    mkdir -p "$work/kafka"
    cp deploy/kafka/{Dockerfile,run,kafka-run-class.sh,server.properties,tools} "$work/kafka/"
    cp -r "$jars" "$work/kafka/libs"
    quietly docker build --tag "$KAFKA_IMAGE" --build-arg BASE=loopwright-ci/jre:17 "$work/kafka"
}

prometheus_image() {
    mkdir -p "$work/prometheus"
    if ! [ -x /usr/bin/prometheus ]; then
        # Unpacked instead of installed: installing would start it.
        (cd "$work" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb deb) >"$work/log" 2>&1 \
            || stop "no Prometheus: apt-get install prometheus"
    fi
    cp "$(ls /usr/bin/prometheus "$work/deb/usr/bin/prometheus" 2>/dev/null | head -n 1)" "$work/prometheus/"
    quietly docker build --tag "$PROMETHEUS_IMAGE" --build-arg BASE="$PY_BASE" \
        --file deploy/ci/Dockerfile.prometheus "$work/prometheus"
}

# Both stages of deploy/Dockerfile on their own: the second finds the first in the cache.
codec_image() {
    local superseded
    superseded=$(image_id "$codec_image")
    quietly docker build --target codec --tag "$codec_image" --file deploy/Dockerfile \
        --build-arg BASE="$PY_BASE" --build-arg BUILD_BASE="$PY_BUILD_BASE" "${pip_args[@]}" .
    forget "$codec_image" "$superseded"
}

services_image() {
    local superseded
    superseded=$(image_id "$SERVICES_IMAGE")
    quietly compose build "${pip_args[@]}"
    forget "$SERVICES_IMAGE" "$superseded"
}

# What a process has mapped is what it runs.
runs_compiled_codec() {
    local running container
    running=$(docker ps --quiet --filter "label=com.docker.compose.project=$project" \
        --filter "ancestor=$SERVICES_IMAGE")
    [ -n "$running" ] || stop "no service runs"
    for container in $running; do
        docker exec "$container" grep -q '/loopwright/wire\..*\.so$' /proc/1/maps \
            || stop "not on the compiled codec: $(docker inspect --format '{{.Name}}' "$container")"
    done
}

clean_up() {
    local ended=$?
    trap - EXIT
    if [ "$only" != images ] || [ "$ended" != 0 ]; then
        if docker info >/dev/null 2>&1; then compose down --volumes --timeout 5 >/dev/null 2>&1 || true; fi
        if [ -n "$engine" ]; then
            kill "$engine" 2>/dev/null || true
            wait "$engine" 2>/dev/null || true
        fi
    fi
    rm -rf "${work:?}/kafka" "${work:?}/prometheus" "${work:?}/deb" "$work"/prometheus_*.deb
    step "cleaned up"
    exit "$ended"
}

[ -x "$python" ] || stop "no .venv: make setup"
mkdir -p "$work"
rm -rf "${work:?}/kafka" "${work:?}/prometheus" "${work:?}/deb"
trap clean_up EXIT

install_engine
step "engine and compose are installed"
start_engine
step "the engine answers"

common=(base-files base-passwd bash dash coreutils sed grep mawk findutils tzdata)
deploy/ci/base-image.sh "$PY_BASE" "${common[@]}" python3 python3-venv ca-certificates
deploy/ci/base-image.sh "$PY_BUILD_BASE" "${common[@]}" python3 python3-venv ca-certificates \
    gcc libc6-dev python3-dev
deploy/ci/base-image.sh loopwright-ci/jre:17 "${common[@]}" openjdk-17-jre-headless
step "base images"
kafka_image
step "Kafka's image"
prometheus_image
step "Prometheus's image"
# The base images have this machine's bundle, with whichever authority its proxy signs.
pip_args=(--build-arg PIP_CERT=/etc/ssl/certs/ca-certificates.crt --build-arg PIP_ARGS="${PIP_ARGS:-}")
codec_image
step "the compiled codec"
services_image
step "the services' image"

if [ "$only" = images ]; then
    printf '%s=%s\n' PY_BASE "$PY_BASE" PY_BUILD_BASE "$PY_BUILD_BASE" SERVICES_IMAGE "$SERVICES_IMAGE" \
        KAFKA_IMAGE "$KAFKA_IMAGE" PROMETHEUS_IMAGE "$PROMETHEUS_IMAGE"
    exit
fi

compose down --volumes --timeout 5 >/dev/null 2>&1 || true # what a run that was killed may have left
compose up --detach >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    compose logs --no-color --tail 5 >&2
    stop "the system does not come up"
}
step "compose up"
"$python" -m tests.e2e "localhost:$KAFKA_HOST_PORT" "localhost:$PROMETHEUS_HOST_PORT" || {
    compose ps >&2
    compose logs --no-color --tail 5 >&2
    stop "tests/e2e.py: what it looks for did not happen"
}
step "seen from outside"
runs_compiled_codec
step "the compiled codec runs in every service"
compose down --volumes --timeout 5 >/dev/null 2>&1
step "compose down"
# No jars, so that these tests cannot fall back on them, and CI, so that they cannot be skipped. Ryuk, which clears up
# after a test run that was killed, is an image of its own.
CI=true KAFKA_LIBS=$work/none TESTCONTAINERS_RYUK_DISABLED=true LOOPWRIGHT_TEST_KAFKA='' \
    "$python" -m pytest -q -m kafka tests/kernel/test_cluster.py \
    || stop "testcontainers: tests on a broker in $KAFKA_IMAGE failed"
step "testcontainers"
