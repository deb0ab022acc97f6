"""`token`: who may use the API from elsewhere."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from service_goals.commands.options import AsJson
from service_goals.errors import UsageError
from service_goals.output import print_json, print_line, print_table, say
from service_goals.settings import load_settings
from serving.access.tokens import ROLES, Role, TokenFile

Name = Annotated[str, typer.Argument(help="What or who the token is for.")]
Given = Annotated[str, typer.Option("--role", help=f"{', '.join(ROLES)}: each may do what those before it may.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="Tokens for the API; only hashes are kept.", no_args_is_help=True)
    group.command("create")(create)
    group.command("list")(list_tokens)
    group.command("revoke")(revoke)
    app.add_typer(group, name="token", rich_help_panel=panel)


def create(name: Name, role: Given = "viewer", as_json: AsJson = False) -> None:
    """Make a token and print it, once: keep it, it can't be shown again.

    Example:  service-goals token create dashboard --role manager
    """
    token = _file().create(name, _role(role), datetime.now(UTC).isoformat(timespec="seconds"))
    if as_json:
        print_json({"name": name, "role": role, "token": token})
    else:
        print_line(token)


def list_tokens(as_json: AsJson = False) -> None:
    """The tokens that there are, by name.

    Example:  service-goals token list
    """
    tokens = sorted(_file().tokens, key=lambda token: token.name)
    if as_json:
        print_json([{"name": each.name, "role": each.role, "created_at": each.created_at} for each in tokens])
        return
    table = Table("name", "role", "created")
    for each in tokens:
        table.add_row(Text(each.name), each.role, each.created_at)
    print_table(table)


def revoke(name: Name, as_json: AsJson = False) -> None:
    """End a token, and the sessions that were begun with it, at once.

    Example:  service-goals token revoke dashboard
    """
    _file().revoke(name)
    if as_json:
        print_json({"revoked": name})
    else:
        say(f"the token {name} is of no use any more")


def _file() -> TokenFile:
    settings = load_settings()
    return TokenFile(settings.api_tokens_file or settings.data_dir / "api-tokens.json")


def _role(given: str) -> Role:
    for role in ROLES:
        if role == given:
            return role
    raise UsageError(f"--role: {given!r} is no role, give one of {', '.join(ROLES)}")
