"""Refusals in the shape that Stripe gives them."""

from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]


class ApiError(Exception):
    """An answer that is an error; what the call changed is kept only where it says so."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keeps: bool = False,
        **more: Any,
    ) -> None:
        """Promise the answer's status and the fields of its `error`."""
        super().__init__(message)
        self.status = status
        self.keeps = keeps
        self.error: Body = {"message": message, "type": kind}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param
        self.error |= {name: value for name, value in more.items() if value is not None}


def missing(kind: str, known_as: str, param: str | None = None) -> ApiError:
    """Return the answer to an id that nothing has: 404 in the path, 400 in a parameter."""
    name = kind.rpartition(".")[2]
    return ApiError(
        f"No such {name}: '{known_as}'",
        status=400 if param else 404,
        code="resource_missing",
        param=param or "id",
    )


def refuse(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """Return the answer to a request that cannot be done as things stand."""
    return ApiError(message, code=code, param=param)
