"""The command line (SPEC 8): puts the commands together and turns every failure into one clear line."""

import sys
from importlib import metadata
from itertools import pairwise
from typing import Annotated, Final

import typer
from aiokafka.errors import KafkaError

from agents.topics import MisconfiguredError
from service_goals.commands import (
    account,
    api,
    audit,
    broker,
    demo,
    directory,
    goals,
    imports,
    read_model,
    rebuild,
    rejects,
    results,
    snapshot,
    status,
    token,
    up,
    worker,
)
from service_goals.embedded import EmbeddedError
from service_goals.errors import CommandError, UsageError
from service_goals.logs import configure_logs
from service_goals.output import fail, print_line
from service_goals.settings import SettingsError
from serving.access.tokens import TokensError

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="service-goals",
    help="""Service goals for support teams: exact, live, from ticket events on Kafka.

    New here? Run  service-goals demo  to see it with real tickets, then  service-goals up  for your own.""",
    epilog="Settings are environment variables SERVICE_GOALS_…, or lines of a .env file in the current directory.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        print_line(f"service-goals {metadata.version('service-goals')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]


@app.callback()
def options(version: Version = False) -> None:
    """Options before any command."""


START, SET, LOOK = "Start", "Set up and feed", "Look"
for panel, modules in {
    START: (demo, up, broker, worker, api),
    SET: (account, directory, goals, imports, snapshot, token, read_model),
    LOOK: (status, results, rejects, audit, rebuild),
}.items():
    for module in modules:
        module.register(app, panel)


def main() -> None:
    """Run the command that the arguments name, and exit: 0 done, 1 failed, 2 wrong usage."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of a command."""
    configure_logs()
    try:
        return int(app(arguments, prog_name="service-goals", standalone_mode=False) or 0)
    except UsageError as error:
        fail(error.lines)
        return 2
    except CommandError as error:
        fail(error.lines)
    except typer.TyperException as error:
        return _wrong_usage(error, arguments)
    except (SettingsError, MisconfiguredError, EmbeddedError, TokensError) as error:
        fail(CommandError(error).lines)
    except KafkaError as error:
        fail(CommandError(f"Kafka: {error or type(error).__name__}; {_remedy(error)}").lines)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return 1


def _remedy(error: KafkaError) -> str:
    if "Authorization" in type(error).__name__:
        return "have this access granted, docs/security.md lists what is needed"
    return "see whether the broker is well, then try again"


def _wrong_usage(error: typer.TyperException, arguments: list[str]) -> int:
    message = error.format_message().rstrip(".")
    if message:  # without arguments the help was the answer
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "service-goals"
        fail(CommandError(f"{_given(error, arguments)}{message}; see {path} --help").lines)
    return error.exit_code


def _given(error: typer.TyperException, arguments: list[str]) -> str:
    """The option with its value, when that is what is wrong: typer's own message leaves the value out."""
    if isinstance(error, typer.BadParameter):
        options = getattr(error.param, "opts", [])
        for option, value in pairwise([*arguments, ""]):
            if option in options and value:
                return f"{option} {value}: "
    return ""
