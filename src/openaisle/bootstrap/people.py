"""The room of people put together over the ports."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from openaisle.access.use_cases import ApiKeys
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.recognition import Recognition
from openaisle.config import Settings, SettingsInvalid
from openaisle.kernel.errors import Finding
from openaisle.kernel.http import Operation
from openaisle.people import routes as people_routes
from openaisle.people.attempts import AttemptCounter
from openaisle.people.audit import AuditTrail
from openaisle.people.identity_provider import ProviderSettings, StaffIdentityProvider, role_pairs
from openaisle.people.invitations import Links, ResetMails, SendsMail
from openaisle.people.queries import PeopleQueries
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import SignIn
from openaisle.people.use_cases import People

_RETURN_PATH = "/console/provider/return"


@dataclass(frozen=True, kw_only=True)
class PeopleRoom:
    """What the room of people can do and can tell; ``recognition`` also knows API keys."""

    people: People
    sign_in: SignIn
    sessions: UserSessions
    queries: PeopleQueries
    audit: AuditTrail
    identity_provider: StaffIdentityProvider
    reset_mails: ResetMails
    recognition: Recognition

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of the room."""
        return people_routes.operations(
            people=self.people, sign_in=self.sign_in, sessions=self.sessions, queries=self.queries, audit=self.audit
        )


def people_over(*, engines: Engines, api_keys: ApiKeys, mail: SendsMail) -> PeopleRoom:
    """Return the room of people; raises SettingsInvalid."""
    table, identifiers, cipher = engines.table, engines.identifiers, engines.cipher
    audit = AuditTrail(table=table, identifiers=identifiers)
    attempts = AttemptCounter(table=table)
    links = Links(table=table, mail=mail, entropy=secrets.token_bytes, public_address=engines.settings.reached_at)
    sessions = UserSessions(table=table, identifiers=identifiers, audit=audit, entropy=secrets.token_bytes)
    return PeopleRoom(
        people=People(
            table=table,
            identifiers=identifiers,
            links=links,
            attempts=attempts,
            audit=audit,
            hasher=engines.hasher,
            cipher=cipher,
            entropy=secrets.token_bytes,
        ),
        sign_in=SignIn(
            table=table,
            sessions=sessions,
            attempts=attempts,
            audit=audit,
            hasher=engines.hasher,
            cipher=cipher,
            entropy=secrets.token_bytes,
        ),
        sessions=sessions,
        queries=PeopleQueries(table=table),
        audit=audit,
        identity_provider=StaffIdentityProvider(
            table=table,
            sessions=sessions,
            audit=audit,
            caller=engines.caller,
            tokens=engines.identity_tokens,
            cipher=cipher,
            entropy=secrets.token_bytes,
            settings=provider_settings(settings=engines.settings),
        ),
        reset_mails=ResetMails(table=table, links=links, cipher=cipher, clock=engines.clock),
        recognition=Recognition(api_keys=api_keys, sessions=sessions, clock=engines.clock),
    )


def provider_settings(*, settings: Settings) -> ProviderSettings | None:
    """Return how the identity provider is reached, None where there is none; raises SettingsInvalid."""
    if not settings.oidc_issuer:
        return None
    try:
        roles = role_pairs(texts=settings.oidc_roles)
    except ValueError as error:
        finding = Finding(pointer="oidc_roles", detail=str(error))
        raise SettingsInvalid(detail=f"oidc_roles: {error}.", findings=[finding]) from None
    return ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        roles_claim=settings.oidc_roles_claim,
        roles=roles,
        redirect_address=settings.reached_at + _RETURN_PATH,
    )
