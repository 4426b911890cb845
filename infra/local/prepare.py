"""Make a database ready in one process: migrate, the first operator, the demonstration.

One process, because most of the time of each would go into starting Python and the application.
"""

import sys

import click

from wsgi import create_app

STEPS = ("migrate", "operator", "demo")


def main() -> None:
    """Run the steps in order; the first that fails ends it."""
    app = create_app()
    with app.app_context():
        for step in STEPS:
            if step in app.cli.commands:
                try:
                    app.cli.main(args=[step], standalone_mode=False)
                except click.ClickException as error:
                    error.show()
                    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
