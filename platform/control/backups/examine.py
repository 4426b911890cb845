"""What a drill asks of the application that runs on restored servers."""

import http.client
import json
import threading
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from control.backups import facts
from control.plane import TenantPlane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceKey
from kit import crypto, files
from kit.app import check_walls
from kit.db import control_session, workspace_scope
from kit.errors import Misconfigured, Missing


def examine(app: Flask, plane: TenantPlane, schema: str) -> dict[str, Any]:
    """Check walls, readiness by a real request, every key, and one workspace's facts and files."""
    try:
        check_walls(app)
        walls = True
    except Misconfigured:
        walls = False
    status, answer = _ready(app)
    keys = (
        control_session()
        .execute(
            select(Workspace.schema, WorkspaceKey.wrapped).join(
                Workspace, Workspace.id == WorkspaceKey.workspace_id
            )
        )
        .all()
    )
    control_session().rollback()
    found, missing = _files(plane, schema)
    return {
        "schema": schema,
        "walls": walls,
        "ready": status,
        "checks": answer.get("checks", {}),
        "keys": len(keys),
        "keys_shut": sum(not crypto.opens(row.schema, row.wrapped) for row in keys),
        "facts": dict(facts.facts_of(plane, schema)),
        "files": found,
        "files_missing": missing,
    }


def _ready(app: Flask) -> tuple[int, dict[str, Any]]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        connection.close()
        return response.status, answer
    finally:
        server.shutdown()
        server.server_close()


def _files(plane: TenantPlane, schema: str) -> tuple[int, int]:
    workspace = (
        control_session().scalars(select(Workspace).where(Workspace.schema == schema)).one_or_none()
    )
    if workspace is None:
        return 0, 0
    tenant = as_tenant(workspace)
    control_session().rollback()
    missing = 0
    with workspace_scope(tenant):
        keys = plane.files()
        for key in keys:
            try:
                files.size_of(key)
            except Missing:
                missing += 1
    return len(keys) - missing, missing
