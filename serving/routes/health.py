"""Whether the server is well, and what it measures."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from serving import models
from serving.answers import answer
from serving.services import ADMIN, Parts

router = APIRouter(tags=["health"])


@router.get("/healthz", responses={200: {"model": models.Health}, 503: {"model": models.Health}})
async def get_health(services: Parts) -> Response:
    """200 while Kafka and Valkey answer."""
    catching_up = not (services.filler.caught_up.is_set() and services.mirror.loaded.is_set())
    status = "ok" if services.well else "unavailable"
    return answer({"status": status, "catching_up": catching_up}, None, 200 if services.well else 503)


@router.get("/metrics", dependencies=[ADMIN], response_class=PlainTextResponse, responses=models.problems())
async def get_metrics(services: Parts) -> Response:
    """For Prometheus."""
    return Response(generate_latest(services.meters.registry), media_type=CONTENT_TYPE_LATEST)
