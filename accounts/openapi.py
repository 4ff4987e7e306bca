"""Our session authentication in OpenAPI: the same cookie."""

from drf_spectacular.authentication import SessionScheme


class OurSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Known by our class's name."""

    target_class = "accounts.authentication.SessionAuthentication"
