"""What the log leaves out."""

import asyncio
import logging

import pytest

from service_goals.logs import configure_logs


def crash(error: BaseException) -> None:
    logging.getLogger("faust.agents.actor").error("Crashed reason=%r", error, exc_info=error)


def test_a_cancelled_actor_is_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    crash(asyncio.CancelledError())
    assert capsys.readouterr().err == ""


def test_a_crashed_actor_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    crash(RuntimeError("no more rows"))
    assert "RuntimeError: no more rows" in capsys.readouterr().err
