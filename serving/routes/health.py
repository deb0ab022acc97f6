"""Whether the server is well, and what it measures."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from serving import models
from serving.answers import JSON
from serving.services import ADMIN, Parts

router = APIRouter(tags=["health"])


@router.get("/healthz", responses={200: {"model": models.Health}, 503: {"model": models.Health}})
async def get_health(services: Parts) -> Response:
    """200 while Kafka and Valkey answer, and all that follows them runs."""
    now = services.health()
    return Response(now.as_json(), 200 if now.well else 503, media_type=JSON)


@router.get("/metrics", dependencies=[ADMIN], response_class=PlainTextResponse, responses=models.problems())
async def get_metrics(services: Parts) -> Response:
    """For Prometheus."""
    return Response(generate_latest(services.meters.registry), media_type=CONTENT_TYPE_LATEST)
