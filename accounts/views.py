"""``/api/v1/auth/``: session, first set-up, token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import sign_ins
from accounts.account_views import PreferencesSerializer, preferences_data, room_for_a_token
from accounts.roles import roles_of
from accounts.services import SetupError, administrator_create_by_link, setup_needed, token_create
from accounts.throttles import SignInThrottle
from presence_site.api import ApiError


class CredentialsSerializer(serializers.Serializer[Any]):
    """User name and password."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class SetupSerializer(CredentialsSerializer):
    """The secret of the one-time link, and the administrator to create."""

    token = serializers.CharField(max_length=500)
    username = serializers.CharField(max_length=150, validators=[User.username_validator])


class UserSerializer(serializers.Serializer[Any]):
    """The signed-in user."""

    username = serializers.CharField()
    isStaff = serializers.BooleanField(source="is_staff")
    groups = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    preferences = serializers.SerializerMethodField()

    def get_groups(self, user: User) -> list[str]:
        """Names of the user's groups."""
        return sorted(group.name for group in user.groups.all())

    def get_roles(self, user: User) -> list[str]:
        """What the user may do, implied roles included."""
        return sorted(roles_of(user))

    @extend_schema_field(PreferencesSerializer)
    def get_preferences(self, user: User) -> dict[str, Any]:
        """What the user chose."""
        return preferences_data(user)


class SessionSerializer(serializers.Serializer[Any]):
    """Who is signed in, and whether the first administrator is still to be made."""

    user = UserSerializer(allow_null=True)
    setup = serializers.BooleanField(required=False)


class TokenSerializer(serializers.Serializer[Any]):
    """A new token, shown this once."""

    token = serializers.CharField()


def user_data(user: User | AnonymousUser) -> dict[str, Any] | None:
    """Return what the browser may know of ``user``; None when nobody is signed in."""
    return dict(UserSerializer(user).data) if user.is_authenticated else None


def _authenticated(request: Request) -> User:
    form = CredentialsSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    user = authenticate(request, **form.validated_data)
    if not isinstance(user, User):
        raise ApiError(400, "INVALID_CREDENTIALS", "User name or password is wrong.")
    return user


class SessionView(APIView):
    """Who is signed in; sign in; sign out."""

    permission_classes = [AllowAny]

    def get_throttles(self) -> list[Any]:
        """Throttle sign-in alone."""
        return [SignInThrottle()] if self.request.method == "POST" else []

    @extend_schema(responses=SessionSerializer)
    @method_decorator(ensure_csrf_cookie)
    def get(self, request: Request) -> Response:
        """Tell who is signed in."""
        sign_ins.seen(request._request)
        return Response({"user": user_data(request.user), "setup": setup_needed()})

    @extend_schema(
        request=CredentialsSerializer,
        responses={200: SessionSerializer, 400: OpenApiResponse(description="Wrong credentials.")},
    )
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        """Sign in and set the session cookie."""
        user = _authenticated(request)
        before = request.session.session_key
        login(request._request, user)
        sign_ins.replaced(before)
        return Response({"user": user_data(user)})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SetupView(APIView):
    """Create the first administrator with the one-time link."""

    permission_classes = [AllowAny]
    throttle_classes = [SignInThrottle]

    @extend_schema(request=SetupSerializer, responses={201: SessionSerializer})
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        """Create the administrator and sign in."""
        form = SetupSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            user = administrator_create_by_link(**form.validated_data)
        except SetupError as error:
            raise ApiError(409 if error.code == "SETUP_DONE" else 403, error.code, str(error)) from None
        except ValidationError as error:
            raise serializers.ValidationError({"password": list(error.messages)}) from None
        login(request._request, user)
        return Response({"user": user_data(user)}, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    """Exchange user name and password for a token."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_classes = [SignInThrottle]

    @extend_schema(request=CredentialsSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        """Return ``{token}``. It can't be shown again."""
        user = _authenticated(request)
        room_for_a_token(user)
        return Response({"token": token_create(user=user, name="API")})
