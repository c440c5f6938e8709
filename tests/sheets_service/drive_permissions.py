"""Who may do what with a file, as Drive lists, gives and takes it."""

from __future__ import annotations

from hashlib import sha256

from tests.sheets_service.documents import ANYONE, Document, Role
from tests.sheets_service.drive_visit import DriveError, Visit
from tests.sheets_service.model import Json


def permission_id(email: str) -> str:
    """The number that Drive knows an account by."""
    return (
        "anyoneWithLink"
        if email == ANYONE
        else str(int(sha256(email.encode()).hexdigest()[:16], 16))
    )


def _permission(email: str, role: Role) -> Json:
    found: Json = {"kind": "drive#permission", "id": permission_id(email), "role": role}
    if email == ANYONE:
        return {**found, "type": "anyone", "allowFileDiscovery": False}
    return {
        **found,
        "type": "user",
        "emailAddress": email,
        "displayName": email.partition("@")[0],
        "deleted": False,
        "pendingOwner": False,
    }


def listed(visit: Visit) -> Json:
    """Everybody who may do something."""
    document = visit.file("writer")
    found = [_permission(email, role) for email, role in document.roles.items()]
    return {"kind": "drive#permissionList", "permissions": found}


def _permission_of(visit: Visit, document: Document) -> str:
    for email in document.roles:
        if permission_id(email) == visit.path["permission"]:
            return email
    message = f"Permission not found: {visit.path['permission']}."
    raise DriveError(404, "notFound", message, place="permissionId")


def got(visit: Visit) -> Json:
    """One permission."""
    document = visit.file()
    email = _permission_of(visit, document)
    return _permission(email, document.roles[email])


_GIVEN: dict[str, Role] = {"reader": "reader", "commenter": "reader", "writer": "writer"}
"""The roles that can be given; a commenter may change no cell either."""


def given(visit: Visit) -> Json:
    """Share the file."""
    document, kind = visit.file("writer"), visit.body.get("type")
    named = {"anyone": ANYONE, "domain": visit.body.get("domain")}
    email = str(named.get(str(kind), visit.body.get("emailAddress")) or "").casefold()
    if kind not in ("user", "group", "domain", "anyone"):
        message = "The permission type field is required."
        raise DriveError(400, "badRequest", message, place="permission.type")
    if not email:
        message = "The specified emailAddress is invalid or not applicable for the given permission"
        raise DriveError(400, "invalidSharingRequest", message)
    role = document.roles.get(email)
    if role != "owner":
        if visit.body.get("role") not in _GIVEN:
            raise _not_given(visit.body.get("role"))
        role = document.roles[email] = _GIVEN[visit.body["role"]]
    return _permission(email, role)


def _not_given(role: object) -> DriveError:
    if role == "owner":
        message = (
            "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        )
        return DriveError(403, "forbidden", message, place="transferOwnership")
    message = "The permission role field is required."
    return DriveError(400, "required", message, place="permission.role")


def changed(visit: Visit) -> Json:
    """Another role, or the ownership."""
    document = visit.file("writer")
    email, role = _permission_of(visit, document), visit.body.get("role")
    if role == "owner" and visit.param("transferOwnership").lower() == "true":
        for other, had in document.roles.items():
            document.roles[other] = "writer" if had == "owner" else had
        document.roles[email] = "owner"
    elif role in ("reader", "writer"):
        document.roles[email] = role
    return {**_permission(email, document.roles[email]), **_pending(visit.body)}


def _pending(body: Json) -> Json:
    return {"pendingOwner": True} if body.get("pendingOwner") else {}


def taken(visit: Visit) -> None:
    """Share it no longer with this account."""
    document = visit.file("writer")
    email = _permission_of(visit, document)
    if document.roles[email] == "owner":
        message = "The owner of a file cannot be removed."
        raise DriveError(403, "insufficientFilePermissions", message)
    del document.roles[email]
