"""``/api/v1/auth/``: what people do with their own account: tokens, signed-in browsers, password, preferences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import sign_ins
from accounts.models import Preferences, SignIn, Token
from accounts.permissions import SignedIn, SignedInByBrowser
from accounts.services import password_change, preferences_change, token_issue
from accounts.throttles import SignInThrottle
from presence_site.api import ApiError, listed

MAX_TOKENS = 100
"""Of one user; more than that is a program gone wild."""
FAR_FUTURE = 4_102_444_800_000
"""The year 2100 in ms: a token that is to live longer may as well have no end."""


class Milliseconds(serializers.IntegerField):
    """A time as integer ms since the Unix epoch."""

    def to_representation(self, value: datetime) -> int:  # type: ignore[override]
        """Return the ms of a point in time."""
        return int(value.timestamp() * 1000)


class TokenItemSerializer(serializers.Serializer[Any]):
    """A token, without its key."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    readOnly = serializers.BooleanField(source="read_only")
    createdAt = Milliseconds(source="created_at")
    expiresAt = Milliseconds(source="expires_at", allow_null=True)
    lastUsedAt = Milliseconds(source="last_used_at", allow_null=True)


class NewTokenSerializer(serializers.Serializer[Any]):
    """What a new token shall be."""

    name = serializers.CharField(max_length=100)
    read_only = serializers.BooleanField(default=True)  # type: ignore[assignment]
    expires_at = serializers.IntegerField(
        min_value=0, max_value=FAR_FUTURE, allow_null=True, default=None, help_text="ms since the epoch; null: never"
    )

    def validate_expires_at(self, value: int | None) -> datetime | None:
        """Refuse a token that would be dead at birth."""
        if value is None:
            return None
        moment = datetime.fromtimestamp(value / 1000, UTC)
        if moment <= timezone.now():
            raise serializers.ValidationError("This time has passed.")
        return moment


class IssuedTokenSerializer(TokenItemSerializer):
    """A new token with its key, which is shown this once."""

    key = serializers.CharField()


class SignInSerializer(serializers.Serializer[Any]):
    """One signed-in browser."""

    id = serializers.IntegerField()
    userAgent = serializers.CharField(source="user_agent")
    address = serializers.CharField()
    createdAt = Milliseconds(source="created_at")
    lastSeenAt = Milliseconds(source="seen_at")
    current = serializers.SerializerMethodField()

    def get_current(self, sign_in: SignIn) -> bool:
        """Whether it is the one that asks."""
        return bool(sign_in.session_key == self.context["session_key"])


class PasswordSerializer(serializers.Serializer[Any]):
    """The password as it is and as it shall be."""

    current = serializers.CharField(max_length=128, trim_whitespace=False)
    new = serializers.CharField(max_length=128, trim_whitespace=False)


class PreferencesSerializer(serializers.ModelSerializer[Preferences]):
    """How somebody wants to see things."""

    class Meta:
        model = Preferences
        fields = ("language", "theme", "units", "density")


def preferences_data(user: User) -> dict[str, Any]:
    """Return what ``user`` chose, the defaults where nothing was."""
    chosen = Preferences.objects.filter(user=user).first() or Preferences(user=user)
    return dict(PreferencesSerializer(chosen).data)


def room_for_a_token(user: User) -> None:
    """Refuse one that would be too many.

    Raises:
        ApiError: 409.
    """
    if user.tokens.count() >= MAX_TOKENS:
        raise ApiError(409, "TOO_MANY_TOKENS", f"You have {MAX_TOKENS} tokens; delete one that is not used.")


def user_of(request: Request) -> User:
    """Return who asks; the permissions have made sure that somebody does."""
    assert isinstance(request.user, User)
    return request.user


class TokensView(APIView):
    """One's own tokens."""

    permission_classes = [SignedInByBrowser]

    @extend_schema(responses=TokenItemSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, newest first, without their keys."""
        tokens = Token.objects.filter(user=user_of(request)).order_by("-pk")
        return listed(list(TokenItemSerializer(tokens, many=True).data))

    @extend_schema(request=NewTokenSerializer, responses={201: IssuedTokenSerializer})
    def post(self, request: Request) -> Response:
        """Make one. Its ``key`` is in this answer and never shown again."""
        form = NewTokenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = user_of(request)
        room_for_a_token(user)
        token, key = token_issue(user=user, **form.validated_data)
        return Response({**TokenItemSerializer(token).data, "key": key}, status=status.HTTP_201_CREATED)


class TokenDetailView(APIView):
    """One of one's own tokens."""

    permission_classes = [SignedInByBrowser]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke it: whatever uses it is refused from now on, and its sockets end."""
        token = Token.objects.filter(user=user_of(request), pk=pk).first()
        if token is None:
            raise Http404
        token.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionsView(APIView):
    """The browsers that are signed in as oneself."""

    permission_classes = [SignedInByBrowser]

    @extend_schema(responses=SignInSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, the one seen last first."""
        sign_ins.seen(request._request)
        context = {"session_key": request.session.session_key}
        rows = SignInSerializer(sign_ins.active(user_of(request)), many=True, context=context)
        return listed(list(rows.data))


class SessionDetailView(APIView):
    """One browser that is signed in as oneself."""

    permission_classes = [SignedInByBrowser]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Sign it out; its sockets end at once."""
        sign_in = sign_ins.active(user_of(request)).filter(pk=pk).first()
        if sign_in is None:
            raise Http404
        if sign_in.session_key == request.session.session_key:
            request.session.flush()  # or the middleware would save it anew
        sign_ins.revoke(sign_in=sign_in)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordView(APIView):
    """One's own password."""

    permission_classes = [SignedInByBrowser]
    throttle_classes = [SignInThrottle]

    @extend_schema(
        request=PasswordSerializer,
        responses={204: None, 400: OpenApiResponse(description="The current password is wrong, or the new one weak.")},
    )
    def post(self, request: Request) -> Response:
        """Change it. Every other browser is signed out; this one stays."""
        form = PasswordSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            password_change(request=request._request, user=user_of(request), **form.validated_data)
        except ValidationError as error:
            if getattr(error, "code", None) == "INVALID_CREDENTIALS":
                raise ApiError(400, "INVALID_CREDENTIALS", "The current password is wrong.") from None
            raise serializers.ValidationError({"new": list(error.messages)}) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


class PreferencesView(APIView):
    """How one wants to see things."""

    permission_classes = [SignedIn]

    @extend_schema(responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """Return language, theme, units and density."""
        return Response(preferences_data(user_of(request)))

    @extend_schema(request=PreferencesSerializer(partial=True), responses=PreferencesSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is named; the rest stays."""
        form = PreferencesSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        preferences_change(user=user_of(request), **form.validated_data)
        return Response(preferences_data(user_of(request)))
