"""Whether the server is well."""

from fastapi import APIRouter, Response

from serving import models
from serving.answers import answer
from serving.services import Parts

router = APIRouter(tags=["health"])


@router.get("/healthz", responses={200: {"model": models.Health}, 503: {"model": models.Health}})
async def get_health(services: Parts) -> Response:
    """200 while Kafka and Valkey answer."""
    catching_up = not (services.filler.caught_up.is_set() and services.mirror.loaded.is_set())
    status = "ok" if services.well else "unavailable"
    return answer({"status": status, "catching_up": catching_up}, None, 200 if services.well else 503)
