"""Every setting is documented."""

from pathlib import Path

from service_goals.settings import PREFIX, Settings

DOCS = Path(__file__).parents[2] / "docs"


def test_every_setting_stands_in_the_docs() -> None:
    documented = "".join(page.read_text("utf-8") for page in sorted(DOCS.glob("*.md")))
    names = [PREFIX + field.upper() for field in Settings.model_fields]
    assert [name for name in names if f"`{name}`" not in documented] == []
