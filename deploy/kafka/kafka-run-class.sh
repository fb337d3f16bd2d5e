#!/bin/bash
# Runs one class of Kafka's jars. A broker on a small machine starts in half the time with the first compiler only.
exec java ${KAFKA_HEAP_OPTS:--Xmx128m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    -Dorg.slf4j.simpleLogger.defaultLogLevel="${KAFKA_LOG4J_ROOT_LOGLEVEL:-warn}" \
    ${KAFKA_OPTS:-} -cp '/opt/kafka/libs/*' "$@"
