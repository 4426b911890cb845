"""A provisioner that does one operation in a child and dies at a point: reads points, line by line.

One start of Python for all of them: each child is forked from here before any connection is open.
"""

import os
import sys


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    from control.moving.schemas import up_to
    from control.operations.process import operate_one
    from control.provisioning.process import migrator_engines
    from kit.db.migrating import head
    from kit.settings import get_settings
    from wsgi import create_app, tenant_plane

    app, plane = create_app(), tenant_plane()
    # Rendering them takes longer than a move.
    up_to(head("tenants"))
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.environ["CRASH_AT"] = line.strip()
            get_settings.cache_clear()
            with app.app_context():
                operate_one(plane, migrator_engines())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
