"""How the command line answers people: help that helps, and one clear line for what is wrong."""

from importlib.metadata import version

import pytest

from service_goals.cli import run

COMMANDS = [
    ["demo"],
    ["up"],
    ["broker"],
    ["worker"],
    ["api"],
    ["token", "create"],
    ["token", "list"],
    ["token", "revoke"],
    ["read-model", "rebuild"],
    ["account", "set"],
    ["account", "show"],
    ["directory", "apply"],
    ["goals", "apply"],
    ["goals", "list"],
    ["goals", "show"],
    ["goals", "delete"],
    ["import"],
    ["snapshot"],
    ["status"],
    ["results"],
    ["rejects", "list"],
    ["rejects", "show"],
    ["rejects", "replay"],
    ["audit"],
]


def test_without_arguments_it_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "service-goals demo" in capsys.readouterr().out


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"service-goals {version('service-goals')}\n"


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command[0] in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    assert f"service-goals {' '.join(command)}" in capsys.readouterr().out.split("Example:")[1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["frobnicate"], "frobnicate"),
        (["goals", "frobnicate"], "frobnicate"),
        (["status", "--frobnicate"], "--frobnicate"),
        (["import"], "FILE"),
        (["snapshot"], "--as-of"),
        (["snapshot", "--as-of", "yesterday"], "yesterday"),
        (["snapshot", "--as-of", "20260401"], "20260401"),
        (["snapshot", "--as-of", "2026-02-30"], "2026-02-30"),
        (["up", "--workers", "0"], "--workers 0"),
        (["broker", "--port", "abc"], "--port abc"),
        (["broker", "--port", "99999"], "--port 99999"),
        (["rejects", "list", "--topic", "goals"], "--topic goals"),
        (["rejects", "list", "--since", "yesterday"], "--since yesterday"),
        (["rejects", "list", "--since", "2026-02-30"], "--since 2026-02-30"),
        (["rejects", "list", "--limit", "0"], "--limit 0"),
        (["rejects", "show", "17"], "PARTITION:OFFSET"),
        (["rejects", "show", "3:17", "--raw", "--json"], "--raw and --json"),
        (["rejects", "replay"], "one way"),
        (["rejects", "replay", "3:17", "--all"], "one way"),
        (["rejects", "replay", "3:x"], "3:x"),
        (["rejects", "replay", "--all", "--value", "event.json"], "--value"),
        (["account", "set", "time_zone"], "time_zone"),
        (["api", "--port", "99999"], "--port 99999"),
        (["token", "create", "page", "--role", "king"], "king"),
        (["account", "set", "timezone=UTC"], "timezone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_wrong_usage_is_one_line_and_exit_status_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert named in said.err
    assert said.err.count("\n") == 1


def test_a_wrong_setting_is_one_line_and_exit_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE_GOALS_PARTITIONS", "many")
    assert run(["status"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "SERVICE_GOALS_PARTITIONS=many" in said.err
