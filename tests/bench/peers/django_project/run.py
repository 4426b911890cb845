"""Make tenants and migrate them by django-tenants' own commands; print milliseconds as JSON."""

import json
import os
import time
from pathlib import Path

import django
from django.core.management import call_command

django.setup()

from shared.models import Client  # noqa: E402 - Django must be set up before its models


def quietly(*arguments: str) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        call_command(*arguments, verbosity=0, stdout=nowhere, stderr=nowhere)


def main() -> None:
    tenants = int(os.environ["PEER_TENANTS"])
    quietly("makemigrations", "shared", "trade")
    quietly("migrate_schemas", "--shared")
    begun = time.perf_counter()
    for number in range(tenants):
        Client(schema_name=f"t{number}").save(verbosity=0)
    create = (time.perf_counter() - begun) * 1_000 / tenants
    # What the next release of the project would bring: one column.
    Path("trade/migrations/0002_one_column.py").write_text(
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('trade', '0001_initial')]\n"
        "    operations = [migrations.AddField('Customers', 'added',\n"
        "        models.TextField(null=True))]\n",
        encoding="utf-8",
    )
    begun = time.perf_counter()
    quietly("migrate_schemas", "--tenant")
    migrate = (time.perf_counter() - begun) * 1_000 / tenants
    print(json.dumps({"create": create, "migrate": migrate}))


main()
